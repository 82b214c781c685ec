"""An embedding that learns by itself: as the optimiser would have it, and only where `lazy_rows` says so."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.config import check_config
from lstm_cli.modelfile.shapes import ModelSizes

pytestmark = pytest.mark.usefixtures("keras_started")

NUM_WORDS, MAXLEN = 2100, 6  # with 64 features just enough words to pay

_ADAM = {"name": "adam", "learning_rate": 0.01}


def _build(*, by_itself=True, optimizer=_ADAM, embedding=None):
    """Return a model whose embedding can learn by itself, or one that Keras' own Adam trains, all rows a step."""
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy
    from lstm_cli.training.optimizer import build_optimizer

    model = {"embedding": {"output_dim": 64} | (embedding or {}), "recurrent": [{"cell": "lstm", "units": 3}]}
    config = check_config({"model": model, "training": {"optimizer": optimizer}}, source="test")
    keras.utils.set_random_seed(3)
    built = build_copy(build_model(config.model, sizes=ModelSizes(NUM_WORDS), maxlen=MAXLEN), kernel="fast")
    built.optimizer = build_optimizer(config.training.optimizer, steps=136, fused=by_itself)
    return built


def _build_steps(model, reviews):
    """Return steps in which the embedding learns by itself, if the model was built for it."""
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.training.batches import Batches
    from lstm_cli.training.embedding_learner import build_embedding_learner
    from lstm_cli.training.fused_optimizer import FusedAdam
    from lstm_cli.training.objective import Objective, build_loss
    from lstm_cli.training.step import TrainingSteps

    loss = build_loss("binary_crossentropy")
    batches = Batches(reviews, 8, seed=5)
    model.optimizer.build(model.trainable_variables)
    learner = build_embedding_learner(model) if type(model.optimizer) is FusedAdam else None
    return TrainingSteps(model, objective=Objective(loss), batches=batches, replicas=Replicas(), learner=learner)


def _make_reviews(make_reviews, size):
    """Return reviews of so many words that most are read in one step and not again for some."""
    reviews = make_reviews(size)
    reviews.tokens[:, 1:] = np.random.default_rng(0).integers(0, 100, (size, MAXLEN - 1))
    return reviews


def _train(model, reviews, *, epochs=2, settle=True):
    from lstm_cli.training.batches import Batches

    steps = _build_steps(model, reviews)
    losses = []
    for epoch in range(epochs):
        losses.append(sum(steps.run(rows)[0] for rows in Batches(reviews, 8, seed=5).iter_epoch(epoch)))
        if settle:
            steps.settle()
    return losses


def _list_variables(model):
    return [*model.trainable_variables, *model.optimizer.variables]


def _read_variables(model):
    return [np.asarray(variable) for variable in _list_variables(model)]


@pytest.mark.parametrize(
    "change",
    [
        {"clipnorm": 0.01},
        {"clipvalue": 0.001},
        {"learning_rate": {"name": "WarmupLinearDecay", "warmup_target": 0.005, "warmup_steps": 20, "alpha": 0.1}},
        {
            "learning_rate": {
                "name": "ExponentialDecay",
                "initial_learning_rate": 0.004,
                "decay_steps": 5,
                "decay_rate": 1.03,
            }
        },
    ],
    ids=str,
)
def test_it_hears_clipping_and_a_rate_that_changes_every_step(change, make_reviews):
    """As Keras' Adam over the whole table, whether the rates fall or rise."""
    reviews = _make_reviews(make_reviews, 541)
    model, stock = (_build(by_itself=by_itself, optimizer=_ADAM | change) for by_itself in (True, False))
    np.testing.assert_allclose(_train(model, reviews), _train(stock, reviews), rtol=1e-4)
    for actual, expected in zip(_read_variables(model), _read_variables(stock), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_it_hears_a_rate_that_is_set_between_two_epochs(make_reviews):
    """As `ReduceLROnPlateau` does."""
    reviews = _make_reviews(make_reviews, 64)
    models = _build(), _build(by_itself=False)
    for model in models:
        _train(model, reviews, epochs=1)
        model.optimizer.learning_rate = 0.0001
        _train(model, reviews, epochs=1)
    for actual, expected in zip(_read_variables(models[0]), _read_variables(models[1]), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_an_embedding_that_shall_not_learn_stays_as_it_is(make_reviews):
    reviews, model = _make_reviews(make_reviews, 64), _build()
    model.layers[0].embedding.trainable = False
    before = np.asarray(model.layers[0].embedding.embeddings).copy()
    _train(model, reviews, epochs=1)
    np.testing.assert_array_equal(np.asarray(model.layers[0].embedding.embeddings), before)


@pytest.mark.parametrize("mask_zero", [False, True])
def test_weights_moments_and_losses_are_those_of_keras(mask_zero, make_reviews):
    """Two epochs in many calls, with a short batch at the end of each; most words miss most steps."""
    reviews = _make_reviews(make_reviews, 541)
    embedding = {"mask_zero": mask_zero}
    model, stock = (_build(by_itself=by_itself, embedding=embedding) for by_itself in (True, False))
    np.testing.assert_allclose(_train(model, reviews), _train(stock, reviews), rtol=1e-4)
    for actual, expected in zip(_read_variables(model), _read_variables(stock), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_between_the_steps_and_settling_the_variables_are_of_the_past(make_reviews):
    """Hence the loop settles before it judges, saves or goes on with another epoch."""
    reviews = _make_reviews(make_reviews, 64)
    model, settled = _build(), _build()
    table = model.trainable_variables[0]
    before = np.asarray(table).copy()
    _train(model, reviews, epochs=1, settle=False)
    np.testing.assert_array_equal(np.asarray(table), before)
    _train(settled, reviews, epochs=1)
    assert (np.asarray(settled.trainable_variables[0]) != before).any()
    assert int(settled.optimizer.iterations) == 8


def test_what_is_written_to_the_variables_between_two_epochs_is_learnt_from(make_reviews):
    """As when a kept state is restored."""
    reviews = _make_reviews(make_reviews, 64)
    twice, restored = _build(), _build()
    _train(twice, reviews, epochs=2)
    _train(restored, reviews, epochs=1)
    steps = _build_steps(restored, reviews)
    kept = _read_variables(restored)
    for variable in _list_variables(restored):
        variable.assign(np.zeros(variable.shape, variable.dtype))
    for variable, value in zip(_list_variables(restored), kept, strict=True):
        variable.assign(value)
    from lstm_cli.training.batches import draw_order

    order = draw_order(64, seed=5, epoch=1)
    steps.run(order.reshape(8, 8))
    steps.settle()
    for actual, expected in zip(_read_variables(restored), _read_variables(twice), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(
    ("changes", "is_lazy"),
    [
        ([], True),
        (["training.optimizer.clipnorm=1"], True),
        (["training.kernel=keras"], False),
        (["model.recurrent[0].recurrent_dropout=0.1"], False),
        (["training.optimizer.amsgrad=true"], False),
        (["training.optimizer.name=adamw"], False),
        (["model.embedding.embeddings_regularizer.l2=0.1"], False),
        (["model.recurrent[0].dropout=0.1"], False),
        (["model.recurrent[0].bidirectional=true"], False),
        (["data.num_words=2000"], False),
    ],
    ids=str,
)
def test_a_training_follows_the_rule(changes, is_lazy, train, tiny_config, reviews_csv):
    """As `lazy_rows` tells it; any other kernel or update, and a small table, are left to the optimiser."""
    import keras

    from lstm_cli.models.kernels import choose_kernel

    class Onlooker(keras.callbacks.Callback):
        """Ends the training before its first epoch: what learns how is settled by then."""

        def on_train_begin(self, logs=None):  # noqa: ARG002 - Keras' signature
            self.model.stop_training = True

    onlooker = Onlooker()
    settings = [f"data.num_words={NUM_WORDS}", "model.embedding.output_dim=64", "training.optimizer={name: adam}"]
    config = tiny_config(reviews_csv, "training.epochs=1", *settings, *changes)
    kernel = choose_kernel(config.model, kernel=config.training.kernel)
    train(config, kernel=kernel.name, callbacks=[onlooker])
    assert (getattr(onlooker.model.layers[0], "learner", None) is not None) == is_lazy
