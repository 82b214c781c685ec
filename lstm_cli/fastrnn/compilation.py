"""The two ways numba compiles functions here, with types that mypy can follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, TypeVar

from numba import njit, types
from numba.extending import register_jitable

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PARTS = ("activations.py", "blocks.py", "lanes.py")


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

    numba keeps it in the package's `__pycache__`, or in the user's cache folder where that cannot be written. It
    compiles again when the kernel's own file changes, but not when a part of it in another file does. The key of
    its cache includes the values a function closes over, so the parts' fingerprint is made one of them.
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
    try:
        compiled: Any = njit(nogil=True, cache=True)(keyed)
    except RuntimeError:  # numba finds no folder it may write to: compile anew in every process
        compiled = njit(nogil=True)(keyed)
    return compiled  # type: ignore[no-any-return]  # a dispatcher is called as the function is


@cache
def _take_fingerprint() -> str:
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / part).read_bytes() for part in _PARTS)).hexdigest()
