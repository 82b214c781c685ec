"""Memory is used again only when nothing refers to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lstm_cli.kernels import buffers
from lstm_cli.kernels.buffers import borrow

LARGE = 1 << 18


@pytest.mark.parametrize("size", [1, 1000, LARGE])
def test_memory_begins_at_a_cache_line_and_can_be_written(size):
    array = borrow(size, 2)
    array.fill(1.0)
    assert array.shape == (size, 2)
    assert array.dtype == np.float32
    assert array.ctypes.data % 64 == 0


def test_memory_comes_back_when_the_last_view_is_gone():
    first = borrow(LARGE)
    address = first.ctypes.data
    view = first.reshape(-1, 2)[1:]
    del first
    assert borrow(LARGE).ctypes.data != address  # the view still holds it
    view.fill(3.0)
    del view
    held = [borrow(LARGE) for _ in range(20)]
    assert address in {array.ctypes.data for array in held}


def test_memory_is_lent_for_no_less_than_half_of_it_and_little_of_it_is_kept():
    """What a large batch has left is not held by a small one, nor is all that ever was."""
    large = [borrow(4 * LARGE) for _ in range(2 * buffers._MOST_FREE)]
    large.clear()
    assert len(buffers._free) == buffers._MOST_FREE
    held = [borrow(size) for size in (100, LARGE, 5 * LARGE)]
    assert len(buffers._free) == buffers._MOST_FREE  # none of it fits
    held += [borrow(2 * LARGE), borrow(4 * LARGE)]
    assert len(buffers._free) == buffers._MOST_FREE - 2


def test_no_two_living_arrays_share_memory_whichever_threads_ask():
    def use(number):
        arrays = [borrow(LARGE + number) for _ in range(3)]
        for place, array in enumerate(arrays):
            array.fill(10 * number + place)
        return all((array == 10 * number + place).all() for place, array in enumerate(arrays))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(60)))
