"""`lstm-predict -f IN -o OUT`, killed at random instants and gone on with: no row twice, none missing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from torture.trainings import LONGEST, BrokenPromiseError

_ROWS = 40_000  # ten parts
_MOST_KILLS = 8  # of one scoring
_WORDS = ["good", "fine", "lovely", "bad", "dull", "awful", "film", "plot", "cast", "the", "a", "of", "and", "was"]


def make_rows(path: Path, *, count: int = _ROWS) -> Path:
    """Write rows whose order shows, and return the file."""
    rng = random.Random(0)  # noqa: S311 - no secret
    rows = (f"{number},{' '.join(rng.choices(_WORDS, k=9))} n{number}\n" for number in range(count))
    path.write_text("id,text\n" + "".join(rows), encoding="utf-8")
    return path


def kill_scorings(folder: Path, *, model: Path, rng: random.Random, kills: int) -> Iterator[Counter[str]]:
    """Kill scorings of one file, going on after each kill, until so many kills are reached; compare each.

    Args:
        folder: for all of them.
        model: a model's file.
        rng: chooses the instants.
        kills: at least.

    Yields:
        How many kills and scorings, after each scoring.

    Raises:
        BrokenPromiseError: one does not go on, or ends as another file than the uninterrupted one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = make_rows(folder / "rows.csv")
    reference = folder / "reference.csv"
    began = time.monotonic()
    _check(_start(model, rows, reference).wait(timeout=LONGEST) == 0, "An uninterrupted scoring failed")
    seconds = time.monotonic() - began
    _check(
        len(reference.read_text(encoding="utf-8").splitlines()) == _ROWS + 1, "A row is missing, or one too many"
    )
    total = 0
    while total < kills:
        scored, parts, killed = folder / "scored.csv", folder / "scored.csv.partial", 0
        while killed < min(_MOST_KILLS, kills - total):
            process = _start(model, rows, scored)
            try:
                status = process.wait(timeout=rng.uniform(0.0, seconds))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                status = process.wait()
            if status == 0:
                break
            _check(status == -signal.SIGKILL, f"A scoring ended with exit code {status}")
            killed += 1
            if _is_whole(scored, parts):
                break
        if parts.exists() or not scored.exists():
            expected = 2 if _is_whole(scored, parts) else 0  # killed while the parts are removed, or before that
            _check(_start(model, rows, scored).wait(timeout=LONGEST) == expected, "A scoring does not go on")
        _check(scored.read_bytes() == reference.read_bytes(), f"{scored} differs from the uninterrupted one")
        _check(not parts.exists(), "Parts are left behind")
        scored.unlink()
        total += killed
        yield Counter(kills=killed, scorings=1)


def _is_whole(scored: Path, parts: Path) -> bool:
    """Return whether there is nothing to go on with: parts without a plan are only to be removed."""
    return scored.exists() and not (parts / "plan.json").exists()


def _start(model: Path, rows: Path, scored: Path) -> subprocess.Popen[bytes]:
    command = Path(sys.executable).with_name("lstm-predict")
    options = ["-f", str(rows), "-o", str(scored), "--resume", "-q", "--threads", "2"]
    return subprocess.Popen(
        [str(command), str(model), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenPromiseError(otherwise)
