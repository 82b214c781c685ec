"""A disk that counts the calls which change a folder, and at one of them kills the process or fails.

Everything of ours is written by Python's own calls (the HDF5 library writes to memory), so they are replaced in a
process made for it; a kill or a failure at a `write` leaves half of the bytes.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

_ByPath = TypeVar("_ByPath", bound=Callable[..., Any])
_BY_PATH = ("mkdir", "rmdir", "rename", "replace", "unlink", "remove")
_NEEDS_ROOM = {"open", "write", "mkdir", "fsync"}


@dataclass(frozen=True)
class Fault:
    """What happens at a call.

    Attributes:
        at: the call's number; the first is 1.
        error: `errno.ENOSPC`, after which the disk stays full, or another that comes once; None kills the process.
    """

    at: int
    error: int | None = None


class Disk:
    """The calls that change a folder.

    Args:
        folder: with all that is in it.
        fault: at one of them; None only counts.
    """

    def __init__(self, folder: Path, *, fault: Fault | None) -> None:
        self.calls: list[str] = []
        self._prefix = f"{folder}{os.sep}"
        self._fault = fault
        self._is_full = False
        self._paths: dict[int, str] = {}  # of open descriptors
        self._open_file = io.open

    def install(self) -> None:
        """Take the place of Python's calls, for the rest of the process."""
        builtins.open = io.open = self._open  # type: ignore[assignment]  # the overloads of `open` are beyond it
        os.open = self._watch_descriptors(os.open)
        os.fsync = self._watch_fsync(os.fsync)
        for name in _BY_PATH:
            setattr(os, name, self._watch_path(name, getattr(os, name)))

    def meet(self, call: str, path: str, *, write_half: Callable[[], object] = lambda: None) -> None:
        """Count a call, and strike if it is its turn."""
        name = f"{path}{os.sep}".removeprefix(self._prefix).rstrip(os.sep) or "."
        self.calls.append(f"{call} {re.sub('-[0-9a-f]{8}', '', name)}")
        if self._is_full and call in _NEEDS_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if self._fault is None or len(self.calls) != self._fault.at:
            return
        write_half()
        if self._fault.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            self._is_full = self._fault.error == errno.ENOSPC
            raise OSError(self._fault.error, os.strerror(self._fault.error), path)

    def _watches(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and f"{path}{os.sep}".startswith(self._prefix)

    def _open(self, file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> IO[Any]:  # noqa: ANN401 - io.open's
        if not (set(mode) & set("wax+") and self._watches(file)):
            return self._open_file(file, mode, buffering, *args, **kwargs)
        self.meet("open", str(file))
        raw = _File(str(file), mode.replace("b", "").replace("t", ""), disk=self)
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *args, **kwargs)

    def _watch_path(self, name: str, real: _ByPath) -> _ByPath:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - os'
            # What is not there cannot be removed, and what is there not made: such calls change nothing.
            if self._watches(path) and os.path.lexists(path) == (name != "mkdir"):
                self.meet(name, str(path))
            return real(path, *args, **kwargs)

        return call  # type: ignore[return-value]  # the same but for the counting

    def _watch_descriptors(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - os'
            if not self._watches(path):
                descriptor = real(path, flags, *args, **kwargs)
                self._paths.pop(descriptor, None)  # the number was another file's before
                return descriptor
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.meet("open", str(path))
            descriptor = real(path, flags, *args, **kwargs)
            self._paths[descriptor] = str(path)
            return descriptor

        return call

    def _watch_fsync(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(descriptor: int) -> None:
            if descriptor in self._paths:
                self.meet("fsync", self._paths[descriptor])
            real(descriptor)

        return call


class _File(io.FileIO):
    """A file whose writes are counted."""

    def __init__(self, path: str, mode: str, *, disk: Disk) -> None:
        super().__init__(path, mode)
        self._path = path
        self._disk = disk

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        """Write, if the disk lets it."""
        content = bytes(data)
        self._disk.meet(
            "write", self._path, write_half=lambda: super(_File, self).write(content[: len(content) // 2])
        )
        return super().write(content)
