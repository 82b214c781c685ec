"""The cases, and the arithmetic counted in them."""

from __future__ import annotations

from benchmarks.arithmetic import count_multiply_adds, measure_peak_gflops
from benchmarks.cases import INFERENCE_BATCH_SIZE, list_cases, list_quick_cases
from lstm_cli.config import find_named_config, load_config

CASES = {case.name: case for case in list_cases()}


def test_every_case_has_a_name_of_its_own_that_fits_a_list_between_commas():
    assert len(CASES) == len(list_cases())
    assert not any("," in name for name in CASES)
    assert {case.name for case in list_quick_cases()} < CASES.keys()


def test_the_tutorial_cases_are_the_named_configurations_and_train_whole_epochs():
    for name in ("lstm", "dropout-lstm", "stacked-lstm", "gru"):
        assert CASES[name].config == load_config(find_named_config(name))
        assert CASES[name].is_whole


def test_a_cut_case_has_that_many_batches_at_most():
    assert CASES["gru"].cut(3).reviews == 3 * 64
    assert not CASES["gru"].cut(3).is_whole
    assert CASES["predict-gru"].cut(3).reviews == 3 * INFERENCE_BATCH_SIZE
    assert CASES["gru"].cut(10_000) == CASES["gru"]


def test_multiply_adds_are_counted_as_by_hand():
    """Two layers of 8 units, 100 tokens: 4 gates of 8 units read 16 + 8 numbers, then 8 + 8; 8 at the output."""
    forward = 100 * (4 * 8 * (16 + 8) + 4 * 8 * (8 + 8)) + 8
    assert count_multiply_adds(CASES["stacked-lstm"]) == 20_000 * 3 * forward
    # A GRU's bias has two rows and is no matrix; inference has no backward pass.
    assert count_multiply_adds(CASES["predict-gru"]) == 25_000 * (100 * 3 * 8 * (16 + 8) + 8)


def test_the_machine_multiplies_matrices():
    assert measure_peak_gflops(size=64, tries=1) > 0
