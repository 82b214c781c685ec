"""`OUT.partial/`: the parts of a scored file that are done, so that the rest can be gone on with."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
from pydantic import TypeAdapter

from lstm_cli.errors import ConfigError, OutputError
from lstm_cli.inference.scored_file import Layout, join_parts
from lstm_cli.sealed_json import is_damaged, seal_json
from lstm_cli.whole_file import is_aside, write_text_whole

_PLAN, _LOCK = "plan.json", "lock"
_LARGEST_PLAN = 2**24  # bytes; of ten thousand columns a tenth


@dataclass(frozen=True)
class Plan:
    """What a scored file is made of: another input or another model would be another file.

    Attributes:
        input: the fingerprint of the rows and of how they are read.
        model: the fingerprint of the model and of what its answers depend on.
        layout: of the file.
    """

    input: str
    model: str
    layout: Layout


_PLANS = TypeAdapter(Plan)


@dataclass(frozen=True)
class PartFolder:
    """The folder beside a scored file in which its parts lie until they are joined.

    A part appears whole or not at all. The folder counts as one as long as its plan is there.

    Attributes:
        target: the scored file.
    """

    target: Path

    @property
    def path(self) -> Path:
        """The folder."""
        return self.target.with_name(f"{self.target.name}.partial")

    @property
    def is_begun(self) -> bool:
        """Whether there is something to go on with."""
        return (self.path / _PLAN).is_file()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other command out of the folder; the lock ends with the process, however it ends.

        Raises:
            OutputError: another one writes there, or nobody can.
        """
        lock = filelock.FileLock(self.path / _LOCK)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise OutputError(
                f"Another command writes {self.target}. Wait for it, or name another file."
            ) from error
        except OSError as error:
            raise self._explain(error) from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, plan: Plan) -> None:
        """Begin anew: what lies there goes.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self._clear()
        except OSError as error:
            raise self._explain(error) from error
        write_text_whole(self.path / _PLAN, seal_json(json.dumps(asdict(plan), ensure_ascii=False)))

    def load_plan(self) -> Plan:
        """Return the plan of the parts that are there.

        Raises:
            ConfigError: it cannot be read.
        """
        path = self.path / _PLAN
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST_PLAN).decode()
            plan = None if is_damaged(content) else _PLANS.validate_json(content, strict=True)
        except (OSError, ValueError):  # a ValidationError among them
            plan = None
        if plan is None:
            raise ConfigError(f"{path} is damaged, so that nothing can be gone on with. --force begins anew.")
        return plan

    def find_done(self) -> set[int]:
        """Return the numbers of the parts that are there, and drop what was half written."""
        files = self._list_files()
        for path in files:
            if path.name.startswith("."):
                with suppress(OSError):  # it costs room on the disk and nothing else
                    path.unlink()
        return {int(path.stem.rpartition("-")[2]) for path in files if path.name.startswith("part-")}

    def name_aside(self) -> Path:
        """Return a path at which a part can be written, unless the folder is gone."""
        return self.path / f".{secrets.token_hex(8)}{self.target.suffix}"

    def keep(self, aside: Path, number: int) -> None:
        """Let a part that is written whole take its place.

        Raises:
            OutputError: it cannot.
        """
        try:
            aside.replace(self._locate(number))
        except OSError as error:
            raise self._explain(error) from error

    def join(self, count: int, *, layout: Layout) -> None:
        """Write the scored file of so many parts, and remove the folder.

        Raises:
            OutputError: it cannot be written.
        """
        join_parts(self.target, [self._locate(number) for number in range(count)], layout)
        self.remove()

    def remove(self) -> None:
        """Remove the folder, unless something else lies in it; it is none from the first moment on."""
        with suppress(OSError):
            self._clear()
            (self.path / _LOCK).unlink()
            self.path.rmdir()

    def remove_left(self) -> None:
        """Remove what is left of the folder where a command was killed while it removed it: the file is whole."""
        if self.path.is_dir():
            with suppress(OutputError), self.lock():  # unless another command is there just now
                if not self.is_begun:
                    self.remove()

    def _locate(self, number: int) -> Path:
        return self.path / f"part-{number:06}{self.target.suffix}"

    def _list_files(self) -> list[Path]:
        """Return the parts, and what was half written, but nothing of anybody else's."""
        pattern = re.compile(rf"(part-\d+|\.[0-9a-f]{{16}}){re.escape(self.target.suffix)}")
        plan = self.path / _PLAN
        return [path for path in self.path.iterdir() if pattern.fullmatch(path.name) or is_aside(path, of=plan)]

    def _clear(self) -> None:
        (self.path / _PLAN).unlink(missing_ok=True)
        for path in self._list_files():
            path.unlink(missing_ok=True)

    def _explain(self, error: OSError) -> OutputError:
        return OutputError(f"Cannot write {self.path}: {error.strerror or error}. Choose another place.")
