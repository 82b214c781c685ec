"""Before Keras is there: TensorFlow leaves the cores to the kernels, where they do the work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lstm_cli.fastrnn.threads import count_cores

_PROGRAM = """
from lstm_cli.cli.kernels import start_keras_for
from lstm_cli.config import check_config

layers = {layers}
settings = [{{"model": {{"recurrent": [layer]}}, "training": {{"kernel": {kernel!r}}}}} for layer in layers]
start_keras_for([check_config(one, source="test") for one in settings], threads={threads})
import tensorflow as tf
from lstm_cli.fastrnn.threads import get_threads

print(get_threads(), tf.config.threading.get_intra_op_parallelism_threads())
"""
_SUITED = {"cell": "gru", "units": 2}
_UNSUITED = {"cell": "lstm", "units": 2, "recurrent_dropout": 0.1}


@pytest.mark.parametrize(
    ("layers", "kernel", "threads", "expected"),
    [
        ([_SUITED], "auto", 3, (3, 1)),
        ([_SUITED, _SUITED], "fast", None, (None, 1)),
        ([_SUITED], "keras", 3, (3, 3)),
        ([_UNSUITED], "auto", 3, (3, 3)),
        ([_SUITED, _UNSUITED], "auto", None, (None, None)),
    ],
    ids=[
        "the kernels'",
        "several on the kernels",
        "asked for Keras' own",
        "nothing for the kernels",
        "both kinds",
    ],
)
def test_an_operation_takes_one_thread_where_all_models_are_the_kernels(*, layers, kernel, threads, expected):
    """None is as many as there are cores; several models of one command share the process."""
    program = _PROGRAM.format(layers=layers, kernel=kernel, threads=threads)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(number or count_cores()) for number in expected]
