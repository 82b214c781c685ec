"""The steps: the same as Keras' own, whatever the optimiser, the loss and the sizes."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lstm_cli.config import ModelConfig, check_config
from lstm_cli.modelfile.shapes import ModelSizes

pytestmark = pytest.mark.usefixtures("keras_started")

NUM_WORDS, MAXLEN = 20, 6

_PENALTY = {"l1": 0.001, "l2": 0.01}
_MODELS = {
    "gru": [{"cell": "gru", "units": 3}],
    "lstm with penalties": [{"cell": "lstm", "units": 3, "kernel_regularizer": _PENALTY}],
    "two layers": [{"cell": "simple_rnn", "units": 3}, {"cell": "lstm", "units": 2, "bidirectional": True}],
}
_OPTIMIZERS = ["rmsprop", "adam", "adamw", "adadelta", "adagrad", "sgd"]
_LOSSES = ["binary_crossentropy", "mean_squared_error"]


def _check(recurrent, optimizer) -> tuple[ModelConfig, object]:
    settings = {"model": {"embedding": {"output_dim": 4}, "recurrent": recurrent}}
    config = check_config(settings | {"training": {"optimizer": optimizer}}, source="test")
    return config.model, config.training.optimizer


def _build(recurrent, *, optimizer, loss="binary_crossentropy", kernel="keras"):
    """Return two equal models, each with its own optimiser, and the loss.

    Where nothing of it depends on the kernel, take `fast`: TensorFlow traces it in a third of the time.
    """
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy
    from lstm_cli.training.objective import build_loss
    from lstm_cli.training.optimizer import build_optimizer

    model_config, optimizer_config = _check(recurrent, optimizer)
    keras.utils.set_random_seed(3)
    models = [
        build_copy(build_model(model_config, sizes=ModelSizes(NUM_WORDS), maxlen=MAXLEN), kernel=kernel)
        for _ in range(2)
    ]
    models[1].set_weights(models[0].get_weights())
    for model in models:
        model.optimizer = build_optimizer(optimizer_config)
        model.optimizer.build(model.trainable_variables)
    return *models, build_loss(loss)


def _train_epochs(model, *, loss, reviews, batch_size, orders, jit_compile=False):
    """Return each epoch's mean loss and accuracy."""
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.training.batches import Batches, iter_rows
    from lstm_cli.training.objective import Objective
    from lstm_cli.training.step import TrainingSteps

    batches = Batches(reviews, batch_size, seed=0)
    steps = TrainingSteps(
        model,
        objective=Objective(loss),
        batches=batches,
        replicas=Replicas(),
        jit_compile=jit_compile,
    )
    epochs = [
        [steps.run(rows) for rows in iter_rows(order, batch_size=batch_size, steps=batches.steps_per_call)]
        for order in orders
    ]
    # Of one shape whatever their number of steps is, or else each shape would be traced, and by XLA compiled.
    assert steps._run_block.experimental_get_tracing_count() <= 1
    return [np.sum(sums, axis=0) / len(reviews) for sums in epochs]


def _train_epoch(model, *, order, **arguments):
    """Return the epoch's mean loss and accuracy."""
    return _train_epochs(model, orders=[order], **arguments)[0]


def _assert_equal_weights(model, reference, *, atol=1e-5):
    for ours, theirs in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol)


@pytest.mark.parametrize("recurrent", _MODELS.values(), ids=_MODELS.keys())
def test_an_epoch_gives_the_weights_of_a_hand_written_loop(recurrent, make_reviews):
    """53 reviews in batches of 8: several calls would be too few to see, and the last batch is short."""
    import tensorflow as tf

    from lstm_cli.training.batches import draw_order

    reviews = make_reviews(53)
    order = draw_order(53, seed=5, epoch=0)
    optimizer = {"name": "rmsprop", "learning_rate": 0.01}
    model, reference, loss = _build(recurrent, optimizer=optimizer)
    _train_epoch(model, loss=loss, reviews=reviews, batch_size=8, order=order)
    for first in range(0, 53, 8):
        rows = order[first : first + 8]
        with tf.GradientTape() as tape:
            probabilities = reference(reviews.tokens[rows], training=True)
            value = loss(reviews.labels[rows, None].astype(np.float32), probabilities) + sum(reference.losses)
        # A word that stands twice in a batch has one gradient, as on Keras' other backends.
        gradients = map(tf.convert_to_tensor, tape.gradient(value, reference.trainable_variables))
        reference.optimizer.apply_gradients(zip(gradients, reference.trainable_variables, strict=True))
    _assert_equal_weights(model, reference)


def test_no_python_is_rewritten_before_the_first_step_or_judgement(make_reviews):
    """AutoGraph would take a second for it, and leave files of it in the temporary folder of who is killed."""

    def list_rewritten():
        return {name for name in sys.modules if name.startswith("__autograph_generated_file")}

    before = list_rewritten()
    model, _, loss = _build(_MODELS["gru"], optimizer={"name": "adam"}, kernel="fast")
    reviews = make_reviews(20)
    for size in (20, 7):  # in full blocks, and in others
        _train_epoch(model, loss=loss, reviews=reviews, batch_size=size, order=np.arange(20, dtype=np.int32))
    _build_judge(model, loss=loss, reviews=reviews)()
    assert list_rewritten() == before


@pytest.mark.parametrize(
    ("recurrent", "size", "jit_compile"),
    [
        (_MODELS["gru"], 530, False),  # a full block of 64 steps, a part of one, and a short batch
        (_MODELS["gru"], 530, True),
        (_MODELS["lstm with penalties"], 41, False),
        (_MODELS["gru"], 5, False),  # nothing but a short batch
        (_MODELS["gru"], 16, False),  # nothing short
    ],
    ids=["many steps", "many steps by XLA", "penalties", "one short batch", "full batches"],
)
def test_an_epoch_gives_the_weights_and_figures_of_keras_fit(recurrent, size, jit_compile, make_reviews):
    import keras

    from lstm_cli.training.batches import draw_order

    reviews = make_reviews(size)
    order = draw_order(size, seed=5, epoch=1)
    # Linear in the gradients, so that it is all one whether fit adds up a word's before the step or in it.
    optimizer = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True}
    model, reference, loss = _build(recurrent, optimizer=optimizer)
    figures = _train_epoch(model, loss=loss, reviews=reviews, batch_size=8, order=order, jit_compile=jit_compile)
    settings = {"loss": loss, "metrics": [keras.metrics.BinaryAccuracy()]}
    few = size < 100  # then Keras takes longer to trace a step than to run all of them
    reference.compile(optimizer=reference.optimizer, run_eagerly=few, **settings)
    labels = reviews.labels[order, None].astype(np.float32)
    history = reference.fit(reviews.tokens[order], labels, batch_size=8, epochs=1, shuffle=False, verbose=0)
    _assert_equal_weights(model, reference)
    expected = [history.history["loss"][0], history.history["binary_accuracy"][0]]
    np.testing.assert_allclose(figures, expected, rtol=1e-5)


@pytest.mark.parametrize("optimizer", _OPTIMIZERS)
@pytest.mark.parametrize("loss", _LOSSES)
def test_every_optimizer_and_every_loss_changes_every_weight(optimizer, loss, make_reviews):
    model, untrained, loss = _build(_MODELS["gru"], optimizer={"name": optimizer}, loss=loss, kernel="fast")
    reviews = make_reviews(16)
    _train_epoch(model, loss=loss, reviews=reviews, batch_size=8, order=np.arange(16, dtype=np.int32))
    for variable, before in zip(model.weights, untrained.get_weights(), strict=True):
        assert np.isfinite(variable.numpy()).all(), variable.path
        assert (variable.numpy() != before).any(), variable.path


def test_centered_rmsprop_bears_words_that_stand_twice(make_reviews):
    """Keras alone takes the root of a negative number there."""
    reviews = make_reviews(64)
    reviews.tokens[:, 1:] = 7
    optimizer = {"name": "rmsprop", "learning_rate": 0.01, "centered": True}
    model, _, loss = _build(_MODELS["gru"], optimizer=optimizer, kernel="fast")
    _train_epoch(model, loss=loss, reviews=reviews, batch_size=32, order=np.arange(64, dtype=np.int32))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("clip", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_gradient_clipping_bounds_a_step(clip, make_reviews):
    optimizer = {"name": "sgd", "learning_rate": 1000.0, clip: 1e-4}
    model, untrained, loss = _build(_MODELS["gru"], optimizer=optimizer, kernel="fast")
    reviews = make_reviews(8)
    _train_epoch(model, loss=loss, reviews=reviews, batch_size=8, order=np.arange(8, dtype=np.int32))
    pairs = list(zip(model.get_weights(), untrained.get_weights(), strict=True))
    longest = {
        "clipnorm": max(np.linalg.norm(new - old) for new, old in pairs),
        "clipvalue": max(np.abs(new - old).max() for new, old in pairs),
        "global_clipnorm": np.sqrt(sum(np.square(new - old).sum() for new, old in pairs)),
    }
    assert longest[clip] == pytest.approx(0.1, rel=1e-3)


def _build_judge(model, *, loss, reviews):
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.training.batches import Batches
    from lstm_cli.training.objective import Objective
    from lstm_cli.training.step import build_judge

    batches = Batches(reviews, 8, seed=0)
    return build_judge(model, objective=Objective(loss), batches=batches, replicas=Replicas())


@pytest.mark.parametrize("loss", _LOSSES)
def test_the_judgement_is_that_of_keras_evaluate_with_penalties(loss, make_reviews):
    """Of one review, and of more than are judged at once."""
    import keras

    recurrent = _MODELS["lstm with penalties"]
    model, _, loss = _build(recurrent, optimizer={"name": "adam"}, loss=loss, kernel="fast")
    model.compile(loss=loss, metrics=[keras.metrics.BinaryAccuracy()])
    assert sum(float(penalty) for penalty in model.losses) > 0
    for size in (1, 700):
        reviews = make_reviews(size)
        figures = _build_judge(model, loss=loss, reviews=reviews)()
        expected = model.evaluate(reviews.tokens, reviews.labels[:, None].astype(np.float32), verbose=0)
        np.testing.assert_allclose([figures.loss, figures.accuracy], expected, rtol=1e-5)


def test_the_judgement_tells_the_macro_f1_where_it_is_asked_for(make_reviews):
    from sklearn.metrics import f1_score

    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.training.batches import Batches
    from lstm_cli.training.objective import Objective
    from lstm_cli.training.step import build_judge

    model, _, loss = _build(_MODELS["gru"], optimizer={"name": "adam"}, kernel="fast")
    reviews = make_reviews(700)
    expected = f1_score(reviews.labels, model.predict(reviews.tokens, verbose=0)[:, 0] > 0.5, average="macro")
    for counts, figure in ((True, pytest.approx(expected, abs=1e-6)), (False, None)):
        objective = Objective(loss, counts_confusions=counts)
        judge = build_judge(model, objective=objective, batches=Batches(reviews, 8, seed=0), replicas=Replicas())
        assert judge().macro_f1 == figure


def test_the_judgement_follows_the_weights_and_leaves_them_alone(make_reviews):
    model, _, loss = _build(_MODELS["gru"], optimizer={"name": "adam"}, kernel="fast")
    judge = _build_judge(model, loss=loss, reviews=make_reviews(20))
    before = model.get_weights()
    first = judge()
    assert judge() == first
    assert all((new == old).all() for new, old in zip(model.get_weights(), before, strict=True))
    model.set_weights([weight + 0.1 for weight in before])
    assert judge().loss != first.loss


def test_dropout_is_on_in_steps_and_off_in_the_judgement(make_reviews):
    recurrent = [{"cell": "gru", "units": 3, "dropout": 0.5}]
    model, twin, loss = _build(recurrent, optimizer={"name": "sgd", "learning_rate": 1e-12}, kernel="fast")
    reviews = make_reviews(24)
    order = np.arange(24, dtype=np.int32)
    mean_loss, _ = _train_epoch(model, loss=loss, reviews=reviews, batch_size=8, order=order)
    judge = _build_judge(twin, loss=loss, reviews=reviews)
    judged = judge()
    assert mean_loss != pytest.approx(judged.loss, rel=1e-6)
    assert judge() == judged


def test_reviews_in_a_file_give_the_digits_of_reviews_in_memory(make_reviews, tmp_path):
    """Full calls, one with fewer steps, and a short batch: 16 + 3 steps of 4 and one of 2, over two epochs."""
    from dataclasses import replace

    held = make_reviews(78)
    held.tokens.tofile(tmp_path / "tokens")
    mapped = replace(held, tokens=np.memmap(tmp_path / "tokens", np.int32, "r", shape=held.tokens.shape))
    orders = [np.random.default_rng(epoch).permutation(78).astype(np.int32) for epoch in range(2)]
    *models, loss = _build(_MODELS["gru"], optimizer={"name": "adam", "learning_rate": 0.01}, kernel="fast")
    figures = []
    for model, reviews in zip(models, (held, mapped), strict=True):
        trained = _train_epochs(model, loss=loss, reviews=reviews, batch_size=4, orders=orders)
        figures.append([*np.ravel(trained), _build_judge(model, loss=loss, reviews=reviews)()])
    assert figures[0] == figures[1]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
