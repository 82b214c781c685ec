"""Pickled arrays of lists: their numbers, and nothing that a pickle could run."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.data.pickled_lists import read_number_lists

LISTS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=30), min_size=1, max_size=20)


def build(lists: list[list[int]] | list[list[object]]) -> np.ndarray:
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@given(lists=LISTS)
def test_the_numbers_are_those_that_pickle_reads(protocol: int, lists: list[list[int]]) -> None:
    """Whatever NumPy's release wrote them, and whatever their bytes look like."""
    lists.append(list(range(2_500)))  # more than a pickle adds at once
    found = read_number_lists(pickle.dumps(build(lists), protocol=protocol))
    assert [numbers.tolist() for numbers in found] == lists


def test_old_names_of_numpys_modules_are_known() -> None:
    data = pickle.dumps(build([[1, 2], [300]]), protocol=2).replace(b"numpy._core", b"numpy.core")
    assert [numbers.tolist() for numbers in read_number_lists(data)] == [[1, 2], [300]]


def test_short_strings_are_those_of_python_2() -> None:
    """Which wrote Keras' own file."""
    data = re.sub(rb"X(.)\0\0\0", rb"U\1", pickle.dumps(build([[1, 2], [300]]), protocol=2))
    assert [numbers.tolist() for numbers in read_number_lists(data)] == [[1, 2], [300]]


@pytest.mark.parametrize("lists", [[[[]]], [[1, []]], [[1], [[2]]]])
def test_a_list_in_a_list_is_no_number(lists: list[list[object]]) -> None:
    """However empty it is."""
    with pytest.raises(ValueError, match="expected a pickled array of lists of numbers"):
        read_number_lists(pickle.dumps(build(lists)))


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_of_a_pickle_runs(tmp_path: Path, protocol: int) -> None:
    song = tmp_path / "song"
    for value in (Harmful(song), [Harmful(song)], build([[1], [Harmful(song)]])):
        with pytest.raises(ValueError, match="expected a pickled array of lists of numbers"):
            read_number_lists(pickle.dumps(value, protocol=protocol))
    assert not song.exists()


@given(data=st.binary(max_size=60))
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="expected a pickled array of lists of numbers"):
        read_number_lists(data)


@given(place=st.integers(0, 300), flip=st.integers(1, 255))
def test_damage_ends_in_numbers_or_in_a_refusal(place: int, flip: int) -> None:
    data = bytearray(pickle.dumps(build([[1, 2, 300], list(range(90))]), protocol=2))
    data[place % len(data)] ^= flip
    try:
        found = read_number_lists(bytes(data))
    except ValueError:
        return
    assert all(numbers.dtype == np.int32 for numbers in found)
