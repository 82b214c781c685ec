"""`python -m torture`: try what docs/reliability.md promises, and write the figures into it."""

from __future__ import annotations

import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from lstm_cli.whole_file import write_text_whole
from torture.damage import damage_files
from torture.interruptions import Field
from torture.outcome import check_equal, load_outcome
from torture.scorings import kill_scorings
from torture.trainings import BrokenPromiseError, import_everything, make_source

_ROOT = Path(__file__).parent.parent
_PAGE = _ROOT / "docs" / "reliability.md"
_START, _END = "<!-- torture: begin -->", "<!-- torture: end -->"


@click.command()
@click.option("--calls", type=click.IntRange(min=1), help="Write calls to strike at.  [default: every one]")
@click.option("--kills", type=click.IntRange(min=0), default=50, show_default=True, help="At random instants.")
@click.option("--rounds", type=click.IntRange(min=0), default=20, show_default=True, help="Of two at once.")
@click.option("--damages", type=click.IntRange(min=0), default=1000, show_default=True, help="Of each kind.")
@click.option("--fuzz/--no-fuzz", default=True, show_default=True, help="Run the fuzzing too.")
@click.option("--seed", default=0, show_default=True, help="Of all that is chosen at random.")
@click.option("--page", type=click.Path(path_type=Path), default=_PAGE, help="File to write the figures into.")
def main(*, calls: int | None, kills: int, rounds: int, damages: int, fuzz: bool, seed: int, page: Path) -> None:
    """Kill trainings and scorings, let the disk fail, damage files: nothing may be lost, nothing read wrongly."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    try:
        import_everything()
        rows = _torture(folder, calls=calls, kills=kills, rounds=rounds, damages=damages, seed=seed)
        if fuzz:
            rows.append(_fuzz())
    except BrokenPromiseError as error:
        raise click.ClickException(f"{error}\nWhat there was is kept in {folder}") from error
    shutil.rmtree(folder)
    table = _format_table(rows, minutes=(time.monotonic() - began) / 60)
    click.echo(table)
    write_text_whole(page, _insert(page.read_text(encoding="utf-8") if page.exists() else "", table))


def _torture(
    folder: Path, *, calls: int | None, kills: int, rounds: int, damages: int, seed: int
) -> list[tuple[str, str]]:
    rng = random.Random(seed)  # noqa: S311 - no secret
    source = make_source(folder / "source")
    field = Field(folder, source=source, rng=rng)
    first, uninterrupted = field.place_training(), field.place_training()
    for training in (first, uninterrupted):  # the first may have to compile the kernels, and take longer
        ending = training.start().wait()
        if ending.status != 0:
            raise BrokenPromiseError(f"An uninterrupted training failed: {ending.output[-1000:]}")
    reference = load_outcome(uninterrupted.run)
    check_equal(first.run, reference)
    numbers: Sequence[int] = range(1, len(ending.calls) + 1)
    if calls is not None and calls < len(numbers):
        numbers = sorted(rng.sample(numbers, calls))
    rows = []
    found = _sum("killed at write calls", field.kill_at_calls(numbers, reference))
    rows.append(
        (
            f"{found['kills']} kills of {found['trainings']} trainings, one at each of {len(numbers)} calls that "
            "write (open, write, flush, rename, remove), and one at some call of the process that went on",
            "all resumed to the digits of the uninterrupted run; every file whole or absent after each",
        )
    )
    found = _sum("killed at instants", field.kill_at_instants(kills, reference, seconds=ending.seconds))
    rows.append((f"{found['kills']} kills of {found['trainings']} trainings at random instants", "the same"))
    found = _sum("failing disk", field.fail_at_calls(numbers, reference))
    rows.append(
        (
            f"{found['failures']} failures of the disk: at each of these calls it is full from then on, or has an "
            "input/output error",
            f"{found['errors']} ended in an error of one or two lines, the others harmed nothing; every file "
            "whole; all went on to the same digits",
        )
    )
    found = _sum("two at once", field.race(rounds, reference))
    rows.append(
        (
            f"{found['rounds']} times two trainings in one folder at once",
            "one trained, one was refused; the same digits",
        )
    )
    found = _sum(
        "killed scorings",
        kill_scorings(folder / "scorings", model=uninterrupted.run / "best-tiny-model.h5", rng=rng, kills=kills),
    )
    rows.append(
        (
            f"{found['kills']} kills of {found['scorings']} scorings of a file (`lstm-predict -f -o --resume`) at "
            "random instants",
            "all resumed to the bytes of the uninterrupted one: no row twice, none missing, no part left",
        )
    )
    (cache,) = (uninterrupted.place / "disk" / "cache").rglob("*.bin")
    os.environ["XDG_CACHE_HOME"] = str(uninterrupted.place / "disk" / "cache")
    for kind, counts in damage_files(uninterrupted.run, cache=cache, rng=rng, count=damages).items():
        followed = f", {counts['followed']} gave another number of epochs" if counts["followed"] else ""
        rows.append(
            (
                f"{counts.total()} damages to {kind}",
                f"{counts['refused']} noticed, {counts['harmless']} without an effect{followed}",
            )
        )
        click.echo(f"{kind}: {dict(counts)}", err=True)
    return rows


def _sum(what: str, counts: Iterable[Counter[str]]) -> Counter[str]:
    """Add up, telling how far it is."""
    total: Counter[str] = Counter()
    for found in counts:
        total += found
        click.echo(f"{what}: {', '.join(f'{number} {name}' for name, number in total.items())}", err=True)
    return total


def _fuzz() -> tuple[str, str]:
    """Run the fuzzing of the suite with many more cases."""
    command = [
        "-m",
        "pytest",
        "tests/cli/test_fuzzing.py",
        "--hypothesis-profile=torture",
        "-q",
        "-p",
        "no:randomly",
    ]
    done = subprocess.run(
        [sys.executable, *command, "--hypothesis-show-statistics"],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise BrokenPromiseError(f"The fuzzing failed:\n{done.stdout[-3000:]}")
    cases = sum(map(int, re.findall(r"(\d+) passing,", done.stdout)))
    return f"{cases:,} cases of fuzzing", "a result or a clear error each"


def _format_table(rows: Iterable[tuple[str, str]], *, minutes: float) -> str:
    command = " ".join(["python -m torture", *sys.argv[1:]])
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return "\n".join(
        [
            f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, {where}, in {minutes:.0f} minutes:",
            "",
            "| what | outcome |",
            "| --- | --- |",
            *(f"| {what} | {outcome} |" for what, outcome in rows),
        ]
    )


def _insert(page: str, table: str) -> str:
    """Return the page with the table between its two marks, at its end where it has none."""
    if _START not in page:
        page = f"{page.rstrip()}\n\n{_START}\n{_END}\n"
    before, _, rest = page.partition(_START)
    return f"{before}{_START}\n{table}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    main()
