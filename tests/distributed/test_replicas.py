"""Several copies of a model on one machine: the same training as one, digit for digit or nearly."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import forked_python
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

# One process for all: its CPU is two devices, which must be said before TensorFlow starts.
_PROGRAM = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from lstm_cli.config import check_config
from lstm_cli.distributed.replicas import build_replicas
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.models.builder import build_model
from lstm_cli.models.kernels import build_copy
from lstm_cli.training.batches import Batches
from lstm_cli.training.objective import Objective, build_loss
from lstm_cli.training.optimizer import build_optimizer
from lstm_cli.training.step import TrainingSteps, build_judge
from lstm_cli.modelfile.shapes import ModelSizes

rng = np.random.default_rng(0)
tokens = rng.integers(3, 20, (57, 6), dtype=np.int32)  # batches of 8: the last holds 1, and one copy nothing

def train(devices, kernel, optimizer, layer, outputs=1, weights=None):
    labels = np.arange(57, dtype=np.int32) % max(2, outputs)
    shares, cut, digests = (np.zeros(57, kind) for kind in (np.float32, np.bool_, np.uint64))
    reviews = EncodedTexts(tokens, shares, cut, labels, digests)
    loss = build_loss("binary_crossentropy", outputs=outputs)
    weights = None if weights is None else tf.constant(weights, tf.float32)
    objective = Objective(loss, outputs, class_weights=weights, counts_confusions=weights is not None)
    replicas = build_replicas(None, devices=devices)
    assert replicas.count == len(devices)
    config = check_config({"model": {"embedding": {"output_dim": 3}, "recurrent": [layer]},
                           "training": {"optimizer": optimizer}}, source="test")
    keras.utils.set_random_seed(4)
    with replicas.strategy.scope():
        plain = build_model(config.model, sizes=ModelSizes(20, outputs=outputs), maxlen=6)
        model = build_copy(plain, kernel=kernel)
        model.optimizer = build_optimizer(config.training.optimizer)
        model.optimizer.build(model.trainable_variables)
    batches = Batches(reviews, 8, seed=1)
    shared = {"objective": objective, "replicas": replicas}
    steps = TrainingSteps(model, batches=batches, **shared)
    judge = build_judge(model, batches=batches, **shared)
    replicas.part_dropout(model)
    figures = []
    for epoch in range(2):
        figures += [steps.run(rows) for rows in batches.iter_epoch(epoch)]
        judged = judge()
        figures.append((judged.loss, judged.accuracy))
        figures += [] if weights is None else [(judged.macro_f1, judged.macro_f1)]
    return replicas, model, np.array(figures)

gru = {"cell": "gru", "units": 3, "kernel_regularizer": {"l2": 0.1}}
devices = ["CPU:0", "CPU:1"]
for case in [
    ("fast", {"name": "sgd", "learning_rate": 0.5, "global_clipnorm": 0.05}, gru),
    ("keras", {"name": "adamw", "clipvalue": 0.001}, {"cell": "lstm", "units": 2}),
    ("fast", {"name": "rmsprop", "learning_rate": 0.01}, gru, 1, [0.25, 4.0]),
    ("fast", {"name": "adam", "learning_rate": 0.01}, gru, 3, [0.5, 3.0, 1.0]),
]:
    _, one, expected = train(["CPU:0"], *case)
    _, several, figures = train(devices, *case)
    np.testing.assert_allclose(figures, expected, rtol=0, atol=1e-4)
    for ours, theirs in zip(several.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)

dropout = {"cell": "gru", "units": 3, "dropout": 0.5}
replicas, model, _ = train(devices, "fast", {"name": "adam"}, dropout)
alone = train(["CPU:0"], "fast", {"name": "adam"}, dropout)[1]
state, = (variable for variable in model.variables if "seed_generator_state" in variable.path)
expected, = (variable for variable in alone.variables if "seed_generator_state" in variable.path)
first, second, *_ = (np.asarray(one) for one in replicas.list_local(state.value))
assert (first == keras.ops.convert_to_numpy(expected)).all(), "the first copy draws as one machine does"
assert (second - first).tolist() == [1, 0], "the others by seeds of their own, as often"
for variable in model.trainable_variables:
    copies = [np.asarray(copy) for copy in replicas.list_local(variable.value)]
    assert len(copies) == len(devices)
    assert all((copy == copies[0]).all() for copy in copies), "with dropout, too, all copies stay one model"
print("as one")
"""


def test_several_devices_train_as_one_does():
    """With both kernels, clipped gradients, penalties, weighted classes, and a last batch too short for all."""
    done = forked_python.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.strip() == "as one", done.stderr[-3000:]


@pytest.mark.usefixtures("keras_started")
@given(
    st.integers(0, 70),
    st.integers(1, 4).flatmap(lambda workers: st.tuples(st.just(workers), st.integers(1, 3))),
)
def test_the_copies_shares_make_up_each_batch(size, counts):
    """Every row is read by one worker, and no copy has two more than another."""
    from lstm_cli.distributed.cluster import Cluster
    from lstm_cli.distributed.replicas import Replicas

    workers, copies_each = counts
    rows = np.arange(3 * size, dtype=np.int32).reshape(3, size)
    strategy = SimpleNamespace(num_replicas_in_sync=workers * copies_each)
    addresses = tuple(f"node-{number}:2222" for number in range(workers))
    shares = [
        share
        for task in range(workers)
        for share in Replicas(strategy, Cluster(addresses, task)).take_shares(rows)
    ]
    assert np.concatenate(shares, axis=1).tolist() == rows.tolist()
    sizes = [share.shape[1] for share in shares]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.usefixtures("keras_started")
def test_an_error_of_tensorflow_is_its_own_where_nobody_can_be_lost():
    import tensorflow as tf

    from lstm_cli.distributed.replicas import Replicas

    error = tf.errors.UnavailableError(None, None, "gone")
    with pytest.raises(tf.errors.UnavailableError), Replicas().explain_losses():
        raise error
