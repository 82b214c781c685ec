"""Whatever goes in, the fast layers give what Keras' own give: cells, masks, states and sizes at random."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.models.fast_layers import build_fast_layer

KINDS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
STATES = {"lstm": 2, "gru": 1, "simple_rnn": 1}
_LARGEST_WORK = 400_000_000
"""Multiply-adds of a case, so that the many do not take long; the batch gives way."""


@dataclass(frozen=True)
class Case:
    """A recurrence, without its numbers."""

    kind: str
    units: int
    features: int
    steps: int
    batch: int
    use_bias: bool
    go_backwards: bool
    merge_mode: str | None  # "one-way" for a single direction
    return_sequences: bool
    mask: str | None
    gives_states: bool
    seed: int

    @property
    def work(self) -> int:
        columns = {"lstm": 4, "gru": 3, "simple_rnn": 1}[self.kind] * self.units
        directions = 1 if self.merge_mode == "one-way" else 2
        return self.batch * self.steps * columns * (self.features + self.units) * directions


def sizes(largest: int, *likely: int) -> st.SearchStrategy[int]:
    """The bounds, what fills a vector of the processor and what just does not, and any other."""
    return st.sampled_from((1, *likely, largest)) | st.integers(1, largest)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    merge_mode = draw(st.just("one-way") | st.sampled_from(["concat", "sum", "mul", "ave", None]))
    drawn = {
        "kind": draw(st.sampled_from(sorted(KINDS))),
        "units": draw(sizes(130, 8, 16, 17, 33, 64, 128)),
        "features": draw(sizes(130, 2, 16, 31, 100)),
        "steps": draw(sizes(513, 2, 20, 100, 512)),
        "use_bias": draw(st.booleans()),
        "go_backwards": merge_mode == "one-way" and draw(st.booleans()),
        "merge_mode": merge_mode,
        "return_sequences": draw(st.booleans()),
        "mask": draw(st.sampled_from([None, "holes", "before", "behind", "everywhere"])),
        "gives_states": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**32 - 1)),
    }
    work = Case(**drawn, batch=1).work
    return Case(**drawn, batch=min(draw(sizes(300, 7, 64, 65, 256)), max(1, _LARGEST_WORK // work)))


def make_mask(case: Case, random: np.random.Generator) -> np.ndarray | None:
    """Which steps are read; the first row none at all, the last all."""
    if case.mask is None:
        return None
    mask = random.random((case.batch, case.steps)) < 0.6
    lengths = random.integers(0, case.steps + 1, (case.batch, 1))
    if case.mask == "before":
        mask = np.arange(case.steps) >= lengths
    elif case.mask == "behind":
        mask = np.arange(case.steps) < lengths
    elif case.mask == "everywhere":
        mask[:] = False
    else:
        mask[0], mask[-1] = False, True
    return mask


def build_layer(case: Case) -> keras.layers.Layer:
    settings = {"use_bias": case.use_bias, "go_backwards": case.go_backwards, "return_state": True}
    layer = KINDS[case.kind](case.units, return_sequences=case.return_sequences, **settings)
    return layer if case.merge_mode == "one-way" else keras.layers.Bidirectional(layer, case.merge_mode)


def draw_weight(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A kernel of norm 1 at most, above which rounding would grow from step to step; or a bias."""
    weight = random.normal(size=shape)
    return weight / np.linalg.norm(weight, 2) if shape[0] > 2 else weight * 0.3


@given(case=cases())
@settings(max_examples=40)
def test_the_fast_layers_give_what_keras_own_give(case):
    """Sizes from 1 to 130, batches from 1 to 300, 1 to 513 steps, masks with holes, states handed in and out."""
    random = np.random.default_rng(case.seed)
    stock = build_layer(case)
    fast = build_fast_layer(stock)
    assert "Fast" in type(fast if case.merge_mode == "one-way" else fast.backward_layer).__name__
    for layer in (stock, fast):
        layer.build((None, None, case.features))
    weights = [draw_weight(random, weight.shape) for weight in stock.weights]
    x = tf.constant(random.normal(size=(case.batch, case.steps, case.features)), tf.float32)
    count = STATES[case.kind] * (1 if case.merge_mode == "one-way" else 2)
    states = [tf.constant(random.normal(size=(case.batch, case.units)) * 0.5, tf.float32) for _ in range(count)]
    mask = make_mask(case, random)
    results = []
    for layer in (stock, fast):
        layer.set_weights(weights)

        def run(layer=layer):
            return layer(x, mask=mask, initial_state=states if case.gives_states else None)

        # Keras' many steps are soon done in a graph alone.
        results.append(tf.nest.flatten(tf.function(run, autograph=False)() if layer is stock else run()))
    for one, expected in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(one, expected, atol=3e-6, rtol=0)
