"""The kernel is chosen by what the configuration wishes and the layers allow, and both compute the same."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import model_configs

from lstm_cli.config import ModelConfig, check_config
from lstm_cli.errors import ConfigError
from lstm_cli.kernels.requirements import find_unmet
from lstm_cli.modelfile.shapes import ModelSizes

pytestmark = pytest.mark.usefixtures("keras_started")

CELLS = ["lstm", "gru", "simple_rnn"]


def read_model(*recurrent: dict[str, Any], **model: Any) -> ModelConfig:
    layers = [{"units": 3, **layer} for layer in recurrent]
    return check_config({"model": {"recurrent": layers, **model}}, source="test").model


@pytest.fixture
def no_gpu(monkeypatch):
    """A machine without a GPU, whatever this one has."""
    from lstm_cli.models import kernels

    monkeypatch.setattr(kernels, "has_gpu", lambda: False)


@pytest.mark.usefixtures("no_gpu")
class TestChoice:
    @pytest.mark.parametrize("kernel", ["auto", "fast"])
    @pytest.mark.parametrize("cell", CELLS)
    def test_the_tutorials_layers_run_on_the_fast_kernel(self, cell, kernel):
        from lstm_cli.models.kernels import KernelChoice, choose_kernel

        config = read_model({"cell": cell, "dropout": 0.3}, {"cell": cell, "bidirectional": True})
        assert choose_kernel(config, kernel=kernel) == KernelChoice("fast")

    @pytest.mark.parametrize(
        ("layer", "key"),
        [
            ({"cell": "lstm", "recurrent_dropout": 0.1}, "recurrent_dropout"),
            ({"cell": "lstm", "activation": "relu"}, "activation"),
            ({"cell": "gru", "recurrent_activation": "hard_sigmoid"}, "recurrent_activation"),
            ({"cell": "gru", "reset_after": False}, "reset_after"),
            ({"cell": "simple_rnn", "unroll": True}, "unroll"),
            ({"cell": "gru", "reset_after": False, "bidirectional": True}, "reset_after"),
        ],
    )
    def test_what_stands_in_its_way_is_named_by_its_key(self, layer, key):
        from lstm_cli.models.kernels import choose_kernel

        config = read_model({"cell": "lstm"}, layer)
        choice = choose_kernel(config, kernel="auto")
        assert (choice.name, choice.obstacle) == ("keras", f"model.recurrent[1].{key}")
        # Known before there are layers to ask, for the number of TensorFlow's threads.
        assert [find_unmet(one.model_dump()) for one in config.recurrent] == [None, key]
        with pytest.raises(ConfigError, match=rf"kernel: fast is not possible: model\.recurrent\[1\]\.{key}\."):
            choose_kernel(config, kernel="fast")

    def test_a_precision_of_the_users_own_stands_in_its_way(self):
        """Keras takes it from the user's keras.json."""
        import keras

        from lstm_cli.models.kernels import choose_kernel

        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            choice = choose_kernel(read_model({"cell": "lstm"}), kernel="auto")
        finally:
            keras.config.set_dtype_policy(before)
        assert (choice.name, choice.obstacle) == ("keras", "model.recurrent[0].dtype")

    def test_keras_own_is_taken_where_it_is_asked_for(self):
        from lstm_cli.models.kernels import KernelChoice, choose_kernel

        assert choose_kernel(read_model({"cell": "lstm"}), kernel="keras") == KernelChoice("keras")


def test_on_a_gpu_keras_own_kernels_are_taken(monkeypatch):
    from lstm_cli.models import kernels

    monkeypatch.setattr(kernels, "has_gpu", lambda: True)
    choice = kernels.choose_kernel(read_model({"cell": "lstm"}), kernel="auto")
    assert choice.name == "keras"
    assert "GPU" in choice.obstacle
    with pytest.raises(ConfigError, match="GPU"):
        kernels.choose_kernel(read_model({"cell": "lstm"}), kernel="fast")


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_both_kernels_hold_the_same_weights_and_compute_the_same(cell, pooling):
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy

    config = read_model(
        {"cell": cell, "bidirectional": True},
        {"cell": cell, "go_backwards": True},
        embedding={"output_dim": 4, "mask_zero": True},
        pooling=pooling,
        dense=[{"units": 3}],
    )
    keras.utils.set_random_seed(1)
    stock = build_copy(build_model(config, sizes=ModelSizes(9), maxlen=6), kernel="keras")
    keras.utils.set_random_seed(1)
    fast = build_copy(build_model(config, sizes=ModelSizes(9), maxlen=6), kernel="fast")
    for weight, expected in zip(fast.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert {type(layer).__module__.split(".")[0] for layer in stock.layers} == {"keras"}
    assert "lstm_cli" in {type(layer).__module__.split(".")[0] for layer in fast.layers}
    tokens = np.random.default_rng(0).integers(0, 9, (5, 6), dtype=np.int32)
    np.testing.assert_allclose(fast(tokens), stock(tokens), atol=1e-5)


def _build_both(config: ModelConfig):
    """Return a model's copy on either kernel, each made under the same seed."""
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy

    plain = build_model(config, sizes=ModelSizes(9), maxlen=6)
    models = []
    for kernel in ("keras", "fast"):
        keras.utils.set_random_seed(1)
        models.append(build_copy(plain, kernel=kernel))
    return models


@pytest.mark.parametrize("cell", CELLS)
def test_both_kernels_compute_the_same_of_channels_and_a_logit_and_have_the_same_gradients(cell):
    import keras
    import tensorflow as tf

    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy

    settings = {
        "embedding": {"output_dim": 4, "mask_zero": True, "spatial_dropout": 0.5},
        "recurrent": [{"cell": cell, "units": 3, "bidirectional": True}, {"cell": cell, "units": 2}],
        "pooling": ["max", "mean"],
        "dropout": 0.5,
        "logit_skip": True,
    }
    config = check_config({"data": {"ngrams": {}}, "model": settings}, source="test").model
    random = np.random.default_rng(0)
    tokens = random.integers(0, 9, (5, 6), dtype=np.int32)
    tokens[:, -1] = 3
    inputs = [tokens, *(random.normal(size=shape).astype(np.float32) for shape in ((5, 6, 2), (5, 3)))]
    found = []
    for kernel in ("keras", "fast"):
        keras.utils.set_random_seed(1)
        model = build_copy(
            build_model(config, sizes=ModelSizes(9, outputs=3, channels=2), maxlen=None), kernel=kernel
        )
        assert ("lstm_cli" in type(model.get_layer(f"{cell}_2")).__module__) is (kernel == "fast")
        with tf.GradientTape() as tape:
            outputs = model(inputs, training=True)
            loss = tf.reduce_sum(outputs[:, 0])
        gradients = [
            np.asarray(tf.convert_to_tensor(one)) for one in tape.gradient(loss, model.trainable_variables)
        ]
        assert not gradients[0][0].any(), "padding learns nothing"
        found.append([np.asarray(outputs), np.asarray(model(inputs)), *gradients])
    for fast, stock in zip(*found[::-1], strict=True):
        np.testing.assert_allclose(fast, stock, atol=1e-5)


@given(config=model_configs(skips=True))
@settings(max_examples=15)
def test_both_kernels_draw_from_the_same_seeds(config):
    """Whatever layers drop something, in either direction, and whether or not the kernels can run them."""
    stock, fast = _build_both(config)
    states = [
        [np.asarray(variable).tolist() for variable in model.non_trainable_variables if "seed" in variable.path]
        for model in (stock, fast)
    ]
    assert states[0] == states[1]


@contextmanager
def _run_eagerly():
    """Compute without tracing, which takes long of a recurrence of Keras' own."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


_BRANCHED = {"embedding": {"spatial_dropout": 0.5, "mask_zero": True}, "pooling": ["max", "mean"]}


@pytest.mark.parametrize(
    ("cell", "bidirectional", "around"),
    [
        ("lstm", False, {}),
        ("gru", True, {}),
        ("simple_rnn", False, {"embedding": {"spatial_dropout": 0.5}}),
        *((cell, True, _BRANCHED) for cell in CELLS),
    ],
)
def test_both_kernels_learn_the_same_with_dropout(cell, bidirectional, around):
    """Two steps, the second with other masks; dropout inside of the layers, behind them, and before the output."""
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.text.encoder import EncodedTexts
    from lstm_cli.training.batches import Batches
    from lstm_cli.training.objective import Objective, build_loss
    from lstm_cli.training.optimizer import build_optimizer
    from lstm_cli.training.step import TrainingSteps

    layer = {"cell": cell, "bidirectional": bidirectional, "dropout": 0.4, "output_dropout": 0.3}
    config = read_model(
        layer, {**layer, "units": 4}, dense=[{"units": 4, "output_dropout": 0.3}], dropout=0.2, **around
    )
    optimizer = check_config({"model": config, "training": {"optimizer": {"name": "sgd"}}}, source="test").training
    random = np.random.default_rng(0)
    tokens, labels = random.integers(0, 9, (16, 6), dtype=np.int32), random.integers(0, 2, 16, dtype=np.int32)
    reviews = EncodedTexts(tokens, *np.zeros((2, 16), np.float32), labels, np.zeros(16, np.uint64))
    losses = []
    models = _build_both(config)
    for model, untraced in zip(models, (_run_eagerly(), nullcontext()), strict=True):
        model.optimizer = build_optimizer(optimizer.optimizer)
        model.optimizer.build(model.trainable_variables)
        steps = TrainingSteps(
            model,
            objective=Objective(build_loss("binary_crossentropy")),
            batches=Batches(reviews, 8, seed=0),
            replicas=Replicas(),
        )
        with untraced:
            losses.append(steps.run(np.arange(16, dtype=np.int32).reshape(2, 8))[0])
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)
    for weight, expected in zip(models[1].get_weights(), models[0].get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, atol=1e-6)
