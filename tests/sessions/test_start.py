"""Before Keras is there: TensorFlow leaves the cores to the kernels, where they do the work."""

from __future__ import annotations

import sys

import forked_python
import pytest

from lstm_cli.config import check_config
from lstm_cli.kernels import precompilation
from lstm_cli.kernels.threads import count_cores
from lstm_cli.sessions.start import prepare_kernels

_PROGRAM = """
from lstm_cli.sessions.start import start_keras_for
from lstm_cli.config import check_config

changes = {changes}
settings = [{{"model": {{"recurrent": [{{"cell": "gru", "units": 2}}]}}}} | change for change in changes]
start_keras_for([check_config(one, source="test") for one in settings], threads={threads})
import tensorflow as tf
from lstm_cli.kernels.threads import get_threads

print(get_threads(), tf.config.threading.get_intra_op_parallelism_threads())
"""
_GRU = {"cell": "gru", "units": 2}
_PLAIN = {}
_OTHER_LAYER = {"model": {"recurrent": [{"cell": "lstm", "units": 2, "recurrent_dropout": 0.1}]}}
_OTHER_KERNEL = {"training": {"kernel": "keras"}}
_LARGE = {"data": {"num_words": 10_000}}
_BY_ADAM = {"training": {"optimizer": {"name": "adam"}}}
_LEARNT_APART = _LARGE | _BY_ADAM | {"model": {"embedding": {"output_dim": 64}, "recurrent": [_GRU]}}


@pytest.mark.parametrize(
    ("changes", "threads", "expected"),
    [
        ([_PLAIN], 3, (3, 1)),
        ([_PLAIN, _LEARNT_APART], None, (None, 1)),
        ([_OTHER_KERNEL], 3, (3, 3)),
        ([_OTHER_LAYER], 3, (3, 3)),
        ([_LARGE], 3, (3, 3)),
        ([_LARGE | _BY_ADAM], 3, (3, 3)),
        ([_PLAIN, _OTHER_LAYER], None, (None, None)),
    ],
    ids=[
        "little",
        "little by each",
        "Keras' own kernel",
        "a layer for Keras' own",
        "a walk through a table",
        "Adam's, where rows are too narrow to learn apart",
        "both",
    ],
)
def test_an_operation_takes_one_thread_where_all_models_leave_little(changes, threads, expected):
    """None is as many as there are cores; several models of one command share the process."""
    program = _PROGRAM.format(changes=changes, threads=threads)
    done = forked_python.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(number or count_cores()) for number in expected]


def test_the_cells_of_all_models_are_compiled_together_but_for_those_of_keras(monkeypatch):
    """A second process would wait for the first, and a cell that is left out be compiled by the training."""
    begun = []
    monkeypatch.setattr(precompilation, "start_precompilation", lambda cells: begun.append(set(cells)))
    gru, lstm, simple_rnn = ({"cell": cell, "units": 2} for cell in ("gru", "lstm", "simple_rnn"))
    settings = [
        {"model": {"recurrent": [gru | {"return_sequences": True}, lstm]}},
        {"model": {"recurrent": [gru]}},
        _OTHER_KERNEL | {"model": {"recurrent": [simple_rnn]}},
    ]
    prepare_kernels([check_config(one, source="test") for one in settings])
    assert begun == [{"gru", "lstm"}]
