"""The two ways numba compiles functions here, with types that mypy can follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, TypeVar

from numba import njit, types
from numba.core.caching import FunctionCache
from numba.extending import register_jitable

from lstm_cli.fastrnn.kernel_folder import find_kernel_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PARTS = ("activations.py", "blocks.py", "lanes.py")
_SOURCES = Path(__file__).parent


def compile_part(function: _Function) -> _Function:
    """Compile a function that kernels call; it becomes part of them, and Python never calls it.

    numba would compile it anew for every number that stands literally in a call, a quarter of all its work here.
    """
    compiled: Any = njit(nogil=True)(function)
    find_template = compiled.get_call_template
    widen: Any = types.unliteral
    compiled.get_call_template = lambda args, kws: find_template([widen(kind) for kind in args], kws)
    return compiled  # type: ignore[no-any-return]  # a dispatcher is called as the function is


def compile_where_called(function: _Function) -> _Function:
    """Let kernels call a function that stays Python's own: Python calls it too, and waits for no compiler."""
    registered: Any = register_jitable(function)
    return registered  # type: ignore[no-any-return]  # the function itself


def compile_kernel(function: _Function) -> _Function:
    """Compile a function that Python calls: it leaves the interpreter's lock, and its code is kept on disk.

    numba keeps it in the package's `__pycache__`, or in the user's cache folder where that cannot be written; with
    neither, every process compiles anew. It compiles again when the kernel's own file changes, but not when a part
    of it in another file does. The key of its cache includes the values a function closes over, so the parts'
    fingerprint is made one of them.
    """
    keyed = FunctionType(
        function.__code__.replace(co_freevars=("fingerprint",)),
        function.__globals__,
        function.__name__,
        closure=(CellType(_take_fingerprint()),),
    )
    keyed.__module__, keyed.__qualname__, keyed.__doc__ = (
        function.__module__,
        function.__qualname__,
        function.__doc__,
    )
    compiled: Any = njit(nogil=True)(keyed)
    if find_kernel_folder() is not None:
        with suppress(RuntimeError):  # numba finds no folder after all
            # What `cache=True` sets, but one that may fail.
            compiled._cache = _OptionalCache(keyed)  # type: ignore[no-untyped-call]
    return compiled  # type: ignore[no-any-return]  # a dispatcher is called as the function is


class _OptionalCache(FunctionCache):
    """numba's cache on disk, without which it only takes longer: no disk's failure is more than that."""

    def load_overload(self, *arguments: Any) -> Any:  # noqa: ANN401 - numba's
        """Return what was compiled before, or None."""
        try:
            return super().load_overload(*arguments)  # type: ignore[no-untyped-call]
        except (OSError, EOFError):
            return None

    def save_overload(self, *arguments: Any) -> None:  # noqa: ANN401 - numba's
        """Keep what was compiled, if that can be."""
        with suppress(OSError, EOFError):
            super().save_overload(*arguments)  # type: ignore[no-untyped-call]


@cache
def _take_fingerprint() -> str:
    return hashlib.sha256(b"".join((_SOURCES / part).read_bytes() for part in _PARTS)).hexdigest()
