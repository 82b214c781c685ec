"""`python -m benchmarks.kernels`: the kernels alone, on real reviews, without TensorFlow and the optimiser."""

from __future__ import annotations

import time
from statistics import median

import click
import numpy as np

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import CELLS, Inputs, Weights, run_backward, run_forward
from lstm_cli.kernels.threads import set_threads

_WORDS, _UNITS, _BATCH_SIZE = 10_000, 64, 64
_STEPS = (20, 200)  # tutorial A's, and those of the cases with 64 units


@click.command()
@click.option("--batches", type=click.IntRange(min=1), default=200, show_default=True, help="To time.")
@click.option("--threads", type=click.IntRange(min=1), help="Cores to use.  [default: all]")
def main(*, batches: int, threads: int | None) -> None:
    """Time an LSTM of 64 units, forward and backward, a batch of 64 reviews at a time."""
    set_threads(threads)
    for steps in _STEPS:
        forward, backward, words = _time_batches(steps, batches)
        click.echo(
            f"{steps} tokens: forward {forward * 1e3:.2f} ms, backward {backward * 1e3:.2f} ms, {words:.0f} words"
        )


def _time_batches(steps: int, batches: int) -> tuple[float, float, float]:
    """Return the median seconds of a batch, forward and backward, and its median number of distinct words."""
    random = np.random.default_rng(0)
    table, kernel, recurrent_kernel = (
        random.normal(0, 0.1, shape).astype(np.float32)
        for shape in ((_WORDS, _UNITS), (_UNITS, 4 * _UNITS), (_UNITS, 4 * _UNITS))
    )
    weights = Weights(kernel, recurrent_kernel, np.zeros(4 * _UNITS, np.float32))
    gradient = np.full((_BATCH_SIZE, 1, _UNITS), 0.01, np.float32)
    tokens = load_dataset(DataConfig(num_words=_WORDS, maxlen=steps)).train.tokens
    taken = []
    for first in range(0, (1 + batches) * _BATCH_SIZE, _BATCH_SIZE):  # the first one loads the kernels
        batch = tokens[first : first + _BATCH_SIZE]
        inputs = Inputs(table, (), tokens=batch)
        begin = time.perf_counter()
        _, _, records = run_forward(CELLS["lstm"], Direction(), inputs=inputs, weights=weights, keep=True)
        turn = time.perf_counter()
        run_backward(
            CELLS["lstm"],
            Direction(),
            inputs=inputs,
            weights=weights,
            records=records,
            output_gradient=gradient,
            state_gradients=(),
        )
        taken.append((turn - begin, time.perf_counter() - turn, len(np.unique(batch))))
    forward, backward, words = (median(column) for column in zip(*taken[1:], strict=True))
    return forward, backward, words


if __name__ == "__main__":
    main()
