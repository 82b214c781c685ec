"""The kernels against the reference, and against themselves on other threads and in other processes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrences import assert_close, list_gradients, make_case, run_kernels, run_kernels_on, run_reference

from lstm_cli.kernels import recurrence, threads
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Inputs, Weights

KINDS = ["lstm", "gru", "simple_rnn"]


@pytest.fixture(autouse=True)
def _restore_threads():
    yield
    threads.set_threads(None)


def assert_equal_to_reference(case):
    assert_close(case, run_kernels(case.as_float32()), run_reference(case))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", [1, 3, 8, 33])
@pytest.mark.parametrize(("batch", "steps"), [(1, 1), (1, 7), (16, 1), (65, 7)])
def test_equal_to_the_reference_at_odd_shapes(kind, units, batch, steps):
    assert_equal_to_reference(make_case(kind, batch=batch, steps=steps, features=5, units=units))


@pytest.mark.parametrize("kind", KINDS)
def test_large_inputs_saturate_and_nan_stays_visible(kind):
    case = make_case(kind).as_float32()
    huge = run_kernels(replace(case, x=case.x * 1e30))
    assert all(np.isfinite(array).all() for array in huge[: 1 + len(case.cell.states._fields)])
    spoiled = case.x.copy()
    spoiled[0, 1] = np.nan
    assert np.isnan(run_kernels(replace(case, x=spoiled))[0][0, 1:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch_has_zero_weight_gradients(kind):
    results = run_kernels(make_case(kind, batch=0).as_float32())
    assert results[0].shape == (0, 4, 3)
    assert not any(array.any() for array in results[-3:])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(
    batch=st.integers(1, 40),
    steps=st.integers(1, 12),
    features=st.integers(1, 40),
    words=st.integers(1, 30),
    masked=st.booleans(),
    dropping=st.booleans(),
    go_backwards=st.booleans(),
    seed=st.integers(0, 100),
)
def test_tokens_and_dropout_are_the_rows_and_factors_they_stand_for(kind, words, masked, dropping, seed, **shape):
    direction = Direction(go_backwards=shape.pop("go_backwards"), return_sequences=True)
    random = np.random.default_rng(seed)
    case = make_case(kind, masked=masked, direction=direction, seed=seed, units=9, **shape)
    batch, steps, features = case.x.shape
    tokens = random.integers(0, words, (batch, steps), dtype=np.int32)
    table = random.normal(size=(words, features))
    factors = random.integers(0, 2, (batch, features)) * 2.0 if dropping else np.ones((batch, features))
    case = replace(case, x=table[tokens] * factors[:, None])
    expected = run_reference(case)
    by_word = np.zeros_like(table)
    place = 1 + len(case.cell.states._fields)
    np.add.at(by_word, tokens, expected[place] * factors[:, None])
    expected[place] = by_word
    dropout = factors.astype(np.float32) if dropping else None
    single = case.as_float32()
    inputs = Inputs(table.astype(np.float32), single.states, tokens, dropout, single.mask)
    assert_close(case, run_kernels_on(single, inputs), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_that_are_asked_for_twice_are_the_same(kind):
    """Those of words are written over the records, which are then made once more."""
    case = make_case(kind, batch=20, features=64, units=9, masked=True).as_float32()
    table = np.random.default_rng(0).normal(size=(7, 64)).astype(np.float32)
    tokens = np.random.default_rng(1).integers(0, 7, case.x.shape[:2], dtype=np.int32)
    given = {"inputs": Inputs(table, case.states, tokens, mask=case.mask), "weights": case.weights}
    outputs, final, records = recurrence.run_forward(case.cell, case.direction, **given, keep=True)
    kept = records.copy()
    once, twice = (
        recurrence.run_backward(
            case.cell, case.direction, **given, records=records, output_gradient=outputs, state_gradients=final
        )
        for _ in range(2)
    )
    assert (records != kept).any()
    for actual, expected in zip(list_gradients(twice), list_gradients(once), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_loaded_kernels_are_those_that_run(kind):
    """A training that follows `load_kernels` compiles nothing more, masked or not, from tokens or from vectors."""
    cell = make_case(kind).cell
    recurrence.load_kernels(cell)
    run_kernels(make_case(kind, batch=20, masked=True, use_bias=False).as_float32())
    assert [len(kernel.signatures) for kernel in recurrence._KERNELS[kind]] == [1, 1]


@pytest.mark.parametrize("folder", ["the user's", "none"])
def test_where_the_package_cannot_be_written_kernels_still_run(folder, tmp_path):
    """Numba then keeps them in the user's cache folder, or nowhere."""
    package = tmp_path / "site" / "lstm_cli"
    source = Path(recurrence.__file__).parent
    shutil.copytree(source, package / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("user_folders.py", "errors.py"):
        shutil.copy(source.parent / name, package)
    (package / "__init__.py").touch()
    (package / "kernels" / "__pycache__").touch()  # a file where the folder would be
    cache = tmp_path / "cache"
    if folder == "none":
        cache.touch()
    else:
        cache.mkdir()
    code = (
        "import numpy as np\n"
        "from lstm_cli.kernels import recurrence\n"
        "from lstm_cli.kernels.frame import Direction\n"
        "inputs = recurrence.Inputs(np.zeros((1, 1, 1), np.float32), ())\n"
        "weights = recurrence.Weights(*np.zeros((2, 1, 1), np.float32), np.zeros(1, np.float32))\n"
        "cell = recurrence.CELLS['simple_rnn']\n"
        "recurrence.run_forward(cell, Direction(), inputs=inputs, weights=weights, keep=False)\n"
        "print(recurrence.__file__)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(package.parent),
        "XDG_CACHE_HOME": str(cache),
        "HOME": str(cache),
        "NUMBA_OPT": "0",  # how well the code is made does not matter here, and takes the most time
    }
    command = [sys.executable, "-B", "-c", code]
    answer = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip().startswith(str(package))
    assert folder == "none" or list(cache.rglob("*.nbi"))


@pytest.mark.parametrize("wrong", [-1, 4])
def test_a_token_outside_the_table_is_refused(wrong):
    case = make_case("lstm", batch=2, steps=2).as_float32()
    inputs = Inputs(np.zeros((4, 3), np.float32), case.states, np.array([[0, 3], [wrong, 0]], np.int32))
    with pytest.raises(ValueError, match=r"tokens must be 0 … 3"):
        recurrence.run_forward(case.cell, case.direction, inputs=inputs, weights=case.weights, keep=False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_threads_changes_no_bit(kind):
    case = make_case(kind, batch=300, steps=12, features=20, units=24, masked=True).as_float32()
    results = []
    for count in (1, 2, 5):
        threads.set_threads(count)
        results.append(run_kernels(case))
    for other in results[1:]:
        for actual, expected in zip(other, results[0], strict=True):
            np.testing.assert_array_equal(actual, expected)


def test_two_threads_at_once_get_what_each_gets_alone():
    cases = [
        make_case(kind, batch=70, steps=15, features=17, units=19, seed=seed).as_float32()
        for seed in range(4)
        for kind in KINDS
    ]
    alone = [run_kernels(case) for case in cases]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for together, expected in zip(pool.map(run_kernels, cases), alone, strict=True):
                for one, other in zip(together, expected, strict=True):
                    np.testing.assert_array_equal(one, other)


def take_digest() -> str:
    digest = hashlib.sha256()
    for kind in KINDS:
        for array in run_kernels(make_case(kind, batch=70, steps=30, features=17, units=19).as_float32()):
            digest.update(array.tobytes())
    return digest.hexdigest()


def test_two_processes_at_once_get_what_this_one_gets():
    command = [sys.executable, "-c", f"from {__name__} import take_digest; print(take_digest())"]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_make_environment()) for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert answers == [take_digest()] * 2


def _make_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_keras_kernels_of_odd_layout_are_read_right():
    """A view that is not contiguous, as a sliced weight may be, gives what its copy gives."""
    case = make_case("lstm", batch=4).as_float32()
    weights = case.weights
    view = Weights(
        np.asfortranarray(weights.kernel), np.asfortranarray(weights.recurrent_kernel), weights.bias[::1]
    )
    for actual, expected in zip(run_kernels(replace(case, weights=view)), run_kernels(case), strict=True):
        np.testing.assert_array_equal(actual, expected)
