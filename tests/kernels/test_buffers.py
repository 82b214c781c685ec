"""Memory is used again only when nothing refers to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

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


def test_no_two_living_arrays_share_memory_whichever_threads_ask():
    def use(number):
        arrays = [borrow(LARGE + number) for _ in range(3)]
        for place, array in enumerate(arrays):
            array.fill(10 * number + place)
        return all((array == 10 * number + place).all() for place, array in enumerate(arrays))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(60)))
