"""The recurrence among TensorFlow's operations: its results, its gradients, in eager mode and in a graph."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from recurrences import list_weights, make_case, measure_error, run_reference

from lstm_cli.kernels.deferred_adam import AdamSettings, DeferredAdam
from lstm_cli.models.recurrence_operation import TensorInputs, run_recurrence

KINDS = ["lstm", "gru", "simple_rnn"]
for_every_kind = pytest.mark.parametrize("kind", KINDS)


def take_tensors(case):
    """Return a case's inputs, states, weights and upstream gradients as tensors."""
    single = case.as_float32()
    groups = (
        [single.x],
        single.states,
        [weight for weight in list_weights(single.weights) if weight is not None],
        [single.output_gradient, *single.state_gradients],
    )
    return [[tf.constant(array) for array in group] for group in groups]


def run(case, inputs, weights, upstream, *, keep=True):
    """Return the results and the gradients of all that went in, the states handed out if they have a gradient."""
    with tf.GradientTape() as tape:
        watched = [inputs.x, *inputs.states, *weights]
        tape.watch(watched)
        results = run_recurrence(
            case.cell, case.direction, inputs=inputs, weights=weights, keep=keep, return_state=len(upstream) > 1
        )
    return [*results, *tape.gradient(results, watched, output_gradients=upstream)]


def assert_same(actual, expected):
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@for_every_kind
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("use_bias", [False, True])
def test_gradients_are_true_to_1e_5(kind, masked, use_bias):
    """By the reference in float64."""
    case = make_case(kind, batch=9, steps=6, units=8, masked=masked, use_bias=use_bias)
    (x,), states, weights, upstream = take_tensors(case)
    found = run(case, TensorInputs(x, tuple(states), mask=case.mask), weights, upstream)
    expected = [array for array in run_reference(case) if array is not None]
    for one, other in zip(found, expected, strict=True):
        assert measure_error(np.array(one), other) < 1e-5


@for_every_kind
@pytest.mark.parametrize("keep", [False, True])
def test_a_graph_of_unknown_sizes_gives_what_eager_mode_gives(kind, keep):
    """Also where nothing is kept: the gradient then runs the steps again."""
    case = make_case(kind, batch=17, features=5, units=6, masked=True)
    (x,), states, weights, upstream = take_tensors(case)

    def compute(x, states, mask):
        found = run(case, TensorInputs(x, tuple(states), mask=mask), weights, upstream, keep=keep)
        shapes.append([tensor.shape.as_list() for tensor in found])
        return found

    shapes = []
    unknown = (
        tf.TensorSpec([None, None, 5]),
        [tf.TensorSpec([None, 6])] * len(states),
        tf.TensorSpec(None, tf.bool),
    )
    graph = tf.function(compute, input_signature=unknown, autograph=False)
    given = x, states, tf.constant(case.mask)
    assert_same(graph(*given), compute(*given))
    of_weights, of_state = [weight.shape.as_list() for weight in weights], [[None, 6]] * len(states)
    # Of results and gradients all is known that can be: what is behind them can be built.
    assert shapes[0] == [[None, None, 6], *of_state, [None, None, 5], *of_state, *of_weights]


@for_every_kind
def test_states_that_are_not_given_are_zeros_and_those_not_handed_out_have_no_gradient(kind):
    case = make_case(kind)
    (x,), states, weights, upstream = take_tensors(case)
    zeros = [tf.zeros_like(state) for state in states]
    bare = run(case, TensorInputs(x, ()), weights, upstream[:1])
    full = run(case, TensorInputs(x, tuple(zeros)), weights, [upstream[0], *zeros])
    count = len(states)
    assert_same(bare, [full[0], full[1 + count], *full[2 + 2 * count :]])


@for_every_kind
def test_words_of_a_table_and_dropout_are_the_vectors_they_stand_for(kind):
    case = make_case(kind, batch=4, steps=5)
    _, states, weights, upstream = take_tensors(case)
    random = np.random.default_rng(0)
    table = tf.constant(random.normal(size=(6, 3)), tf.float32)
    tokens, factors = tf.constant(random.integers(0, 6, (4, 5)), tf.int32), tf.constant([[2.0, 0, 2]] * 4)
    inputs = TensorInputs(table, tuple(states), tokens=tokens, dropout=factors)
    found = run(case, inputs, weights, upstream)
    vectors = tf.gather(table, tokens) * factors[:, None]
    expected = run(case, TensorInputs(vectors, tuple(states)), weights, upstream)
    place = len(upstream)
    by_word = np.zeros((6, 3), np.float32)
    np.add.at(by_word, tokens.numpy(), expected[place] * factors[:, None])
    expected[place] = by_word
    for one, other in zip(found, expected, strict=True):
        assert measure_error(np.array(one), np.array(other)) < 1e-5


@for_every_kind
def test_of_a_learners_table_the_rows_that_are_read_have_a_gradient_each_once(kind):
    """The learner's numbers count, not those of the tensor that stands for them."""
    case = make_case(kind, batch=4, steps=5, features=32)
    _, states, weights, upstream = take_tensors(case)
    random = np.random.default_rng(0)
    table, zeros = random.normal(size=(9, 32)).astype(np.float32), np.zeros((9, 32), np.float32)
    tokens = tf.constant(random.choice([1, 4, 8], (4, 5)), tf.int32)
    learner = DeferredAdam(AdamSettings(0.9, 0.999, 1e-7), (9, 32))
    learner.load(table, zeros, zeros, step=0)
    given = tuple(states)
    found = run(case, TensorInputs(tf.constant(zeros), given, tokens=tokens, learner=learner), weights, upstream)
    expected = run(case, TensorInputs(tf.constant(table), given, tokens=tokens), weights, upstream)
    slices = found[len(upstream)]
    assert isinstance(slices, tf.IndexedSlices)
    assert sorted(slices.indices.numpy()) == [1, 4, 8]
    assert slices.dense_shape.numpy().tolist() == [9, 32]
    found[len(upstream)] = tf.convert_to_tensor(slices)
    for one, other in zip(found, expected, strict=True):
        assert measure_error(np.array(one), np.array(other)) < 1e-5
