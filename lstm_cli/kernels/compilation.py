"""The two ways numba compiles functions here, with types that mypy can follow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache
from numba.extending import register_jitable

from lstm_cli.kernels.kernel_folder import find_kernel_folder, take_fingerprint

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compile_part(function: _Function) -> _Function:
    """Let kernels call a function, and compile it with them; for Python it stays what it is.

    Not `njit`: that compiles a function anew for every number that stands literally in a call.
    """
    registered: Any = register_jitable(function)
    return registered  # type: ignore[no-any-return]  # the function itself


def compile_kernel(function: _Function) -> _Function:
    """Compile a function that Python calls: it leaves the interpreter's lock, and its code is kept on disk.

    numba keeps it in the package's `__pycache__`, or in the user's cache folder where that cannot be written; with
    neither, every process compiles anew.
    """
    compiled: Any = njit(nogil=True)(function)
    if find_kernel_folder() is not None:
        with suppress(RuntimeError):  # numba finds no folder after all
            # What `cache=True` sets, but one that may fail, and knows the other files.
            compiled._cache = _KernelCache(function)  # type: ignore[no-untyped-call]
    return compiled  # type: ignore[no-any-return]  # a dispatcher is called as the function is


class _KernelCache(FunctionCache):
    """numba's cache on disk, without which it only takes longer: no disk's failure is more than that.

    numba's key holds its version, the processor, the arguments' types and the kernel's own file, but not the files
    of the parts that are compiled into it.
    """

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

    def _index_key(self, *arguments: Any) -> Any:  # noqa: ANN401 - numba's
        return take_fingerprint(), super()._index_key(*arguments)  # type: ignore[no-untyped-call]
