"""Lists of whole numbers out of an array that NumPy pickled, without running anything of the pickle.

`imdb.npz` holds its reviews as a pickled array of lists. Of a pickle's language only what such an array is written
with is known here (https://github.com/python/cpython/blob/main/Lib/pickletools.py): numbers, tuples, lists, and
the names of a few functions, which are never called.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAY, _DTYPE, _TYPE = "an array", "a dtype", "a type"  # what stands on the stack for these
_GLOBALS = {
    **{(module, "_reconstruct"): _ARRAY for module in ("numpy.core.multiarray", "numpy._core.multiarray")},
    ("numpy", "dtype"): _DTYPE,
    ("numpy", "ndarray"): _TYPE,
    ("_codecs", "encode"): _TYPE,  # how the second protocol writes bytes
}
_NOTHING = np.zeros(0, np.int32)
# Runs of these fill the file: whole numbers of one, two and four bytes. Each run is one thing on the stack.
_NUMBERS = re.compile(rb"(?:K.|M..|J.{4})+", re.DOTALL)
_NUMBER = re.compile(rb"K.|M..|J.{4}", re.DOTALL)
_SIZES = {b"U": 1, b"C": 1, b"\x8c": 1, b"X": 4}  # of the lengths before strings
_IGNORED = {b"\x80": 1, b"\x95": 8}  # the protocol, a frame: bytes that follow
_CONSTANTS = {b"N": None, b"\x88": True, b"\x89": False}


def read_number_lists(data: bytes) -> list[NDArray[np.int32]]:
    """Return the lists of a pickled array of lists of whole numbers, each as `int32[n]`.

    Raises:
        ValueError: it is something else.
    """
    try:
        value = _Machine(data).run()
        lists = [np.concatenate([_NOTHING, *item]) for item in value] if isinstance(value, list) else None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError("expected a pickled array of lists of numbers") from error
    if lists is None or not all(numbers.dtype == np.int32 for numbers in lists):
        raise ValueError("expected a pickled array of lists of numbers")
    return lists


def _read_numbers(written: bytes) -> NDArray[np.int32]:
    """Return the numbers of a run as it is written."""
    padded = np.array(_NUMBER.findall(written), "S5").view(np.uint8).reshape(-1, 5)
    return padded[:, 1:].copy().view("<i4")[:, 0].astype(np.int32)  # the missing bytes of a shorter one are 0


class _Machine:
    """What a pickle's instructions work on.

    Args:
        data: the pickle.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._instructions: dict[bytes, Callable[[], None]] = {
            b"(": lambda: self._marks.append(len(self._stack)),
            b")": lambda: self._stack.append(()),
            b"]": lambda: self._stack.append([]),
            b"\x85": lambda: self._make_tuple(1),
            b"\x86": lambda: self._make_tuple(2),
            b"\x87": lambda: self._make_tuple(3),
            b"t": lambda: self._stack.append(tuple(self._pop_marked())),
            b"e": self._extend,
            b"a": lambda: self._stack[-2].append(self._stack.pop()),
            b"q": lambda: self._remember(self._read_size(1)),
            b"r": lambda: self._remember(self._read_size(4)),
            b"\x94": lambda: self._remember(len(self._memo)),
            b"h": lambda: self._stack.append(self._memo[self._read_size(1)]),
            b"j": lambda: self._stack.append(self._memo[self._read_size(4)]),
            b"c": lambda: self._stack.append(_GLOBALS[self._read_line(), self._read_line()]),
            b"\x93": lambda: self._stack.append(_GLOBALS[self._make_pair()]),
            b"R": self._reduce,
            b"b": self._build,
        }

    def run(self) -> object:
        """Return what the pickle is of."""
        while True:
            numbers = _NUMBERS.match(self._data, self._place)
            if numbers:
                self._stack.append(_read_numbers(numbers[0]))
                self._place = numbers.end()
            code = self._read(1)
            if code == b".":
                return self._stack[-1]
            if code in self._instructions:
                self._instructions[code]()
            elif code in _CONSTANTS:
                self._stack.append(_CONSTANTS[code])
            elif code in _IGNORED:
                self._read(_IGNORED[code])
            else:
                self._stack.append(self._read(self._read_size(_SIZES[code])).decode("latin-1"))

    def _read(self, size: int) -> bytes:
        read = self._data[self._place : self._place + size]
        if len(read) < size:
            raise IndexError("the pickle is cut off")
        self._place += size
        return read

    def _read_size(self, size: int) -> int:
        return int.from_bytes(self._read(size), "little")

    def _read_line(self) -> str:
        end = self._data.index(b"\n", self._place)
        line = self._data[self._place : end].decode()
        self._place = end + 1
        return line

    def _remember(self, number: int) -> None:
        self._memo[number] = self._stack[-1]

    def _pop_marked(self) -> list[Any]:
        place = self._marks.pop()
        items = self._stack[place:]
        del self._stack[place:]
        return items

    def _make_tuple(self, size: int) -> None:
        self._stack[-size:] = [tuple(self._stack[-size:])]

    def _make_pair(self) -> tuple[str, str]:
        self._make_tuple(2)
        pair: tuple[str, str] = self._stack.pop()
        return pair

    def _extend(self) -> None:
        items = self._pop_marked()
        self._stack[-1].extend(items)

    def _reduce(self) -> None:
        """Leave the function's name in the place of what it would make."""
        self._stack.pop()

    def _build(self) -> None:
        """Take an array's items, the last of its state; what a dtype is made of tells nothing."""
        state = self._stack.pop()
        if self._stack[-1] is _ARRAY:
            self._stack[-1] = state[-1]
