"""`python -m benchmarks.before REVISION`: this tree beside an earlier one, in turn; writes docs/performance.md."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from statistics import median

import click

from benchmarks.cases import list_cases
from benchmarks.engines import OURS
from benchmarks.measurement import ROOT, Worker, WorkerError, build_environment
from benchmarks.options import build_name_reader
from benchmarks.results import CommandRun
from benchmarks.table import format_spread, format_table, insert_table
from lstm_cli.whole_file import write_text_whole

_MARKS = ("<!-- before:start -->", "<!-- before:end -->")
_PAGE = ROOT / "docs" / "performance.md"
# Each tree describes and encodes a case as it knows it: keys of a configuration come and go.
_PREPARE = """
import sys
from pathlib import Path
from benchmarks.cases import list_cases
from benchmarks.workload import prepare, save_case
name, batches, folder = sys.argv[1:]
case = next(case for case in list_cases() if case.name == name)
save_case(case.cut(int(batches)) if batches else case, Path(folder))
prepare(Path(folder))
"""
_CASE_NAMES = tuple(case.name for case in list_cases())
_ROUNDS = 5
_MODEL = "gru"
_EPOCHS = 2


@click.command()
@click.argument("revision")
@click.option("--cases", metavar="NAME,…", callback=build_name_reader(_CASE_NAMES), help="Only these.")
@click.option("--rounds", type=click.IntRange(min=1), default=_ROUNDS, show_default=True, help="Of each.")
@click.option("--batches", type=click.IntRange(min=1), help="Most batches a round.  [default: the case's own]")
@click.option("--page", type=click.Path(path_type=Path), default=_PAGE, help="File to write the table into.")
def main(*, revision: str, cases: tuple[str, ...] | None, rounds: int, batches: int | None, page: Path) -> None:
    """Time the steps, the judging and the command of this tree and of an earlier revision."""
    with tempfile.TemporaryDirectory() as temporary:
        trees = (extract_revision(revision, Path(temporary) / "before"), ROOT)
        try:
            rows = [
                _format_row(name, measure_case(name, Path(temporary), trees, rounds=rounds, batches=batches))
                for name in cases or _CASE_NAMES
            ]
            commands = measure_commands(Path(temporary), trees, rounds=rounds)
        except (WorkerError, subprocess.CalledProcessError) as error:
            raise click.ClickException(str(error)) from error
    for title, name in (("from prompt to prompt", "seconds"), ("all but the epochs", "start_seconds")):
        seconds = [[getattr(run, name) for run in runs] for runs in commands]
        rows.append(_format_row(f"`lstm-train --model {_MODEL} --epochs {_EPOCHS}`, {title}", seconds))
    head = ["seconds", f"before ({revision})", "now", "now / before"]
    words = [f"--cases {','.join(cases)}"] if cases else []
    words += [f"--rounds {rounds}"] if rounds != _ROUNDS else []
    words += [f"--batches {batches}"] if batches else []
    command = " ".join(["python -m benchmarks.before", revision, *words])
    table = (
        f"Written by `{command}`: the two took turns, {rounds} rounds after one "
        "that does not count. Medians; a ratio is taken in every round, the least and the most in brackets.\n\n"
        f"{format_table(head, rows)}"
    )
    click.echo(table)
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    write_text_whole(page, insert_table(text, table, marks=_MARKS))


def extract_revision(revision: str, folder: Path) -> Path:
    """Write the files of a revision into a folder, and return it.

    Raises:
        click.ClickException: git knows no such revision.
    """
    command = ["git", "archive", revision]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.decode().strip())
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measure_case(
    name: str, folder: Path, trees: Sequence[Path], *, rounds: int, batches: int | None = None
) -> list[list[float]]:
    """Return each tree's seconds, round by round, of the same steps or the same judging.

    Args:
        name: of the case.
        folder: for the workloads.
        trees: folders with `lstm_cli` and `benchmarks` in them.
        rounds: how many after the first.
        batches: of a round at most; None for all of the case.

    Raises:
        subprocess.CalledProcessError: a tree cannot prepare the case; the process has said why.
    """
    click.echo(f"{name} …", err=True)
    workloads = [folder / f"workload-{name}-{place}" for place in range(len(trees))]
    for tree, workload in zip(trees, workloads, strict=True):
        command = [sys.executable, "-c", _PREPARE, name, str(batches or ""), str(workload)]
        subprocess.run(command, check=True, cwd=tree, env=build_environment())
    with ExitStack() as stack:
        workers = []
        for tree, workload in zip(trees, workloads, strict=True):
            log = stack.enter_context(tempfile.TemporaryFile())
            workers.append(Worker(OURS, workload, log, root=tree))
            stack.callback(workers[-1].close)
        for worker in workers:
            worker.wait_until_ready()
        for _ in range(1 + rounds):
            for worker in workers:
                worker.run_round()
        return [list(worker.finish().seconds) for worker in workers]


def measure_commands(folder: Path, trees: Sequence[Path], *, rounds: int) -> list[list[CommandRun]]:
    """Return each tree's runs of the whole command, with warm caches."""
    click.echo("The whole command …", err=True)
    runs: list[list[CommandRun]] = [[] for _ in trees]
    for number in range(1 + rounds):
        for place, tree in enumerate(trees):
            run = _run_command(tree, folder / f"run-{place}-{number}", cache=folder / f"cache-{place}")
            if number:
                runs[place].append(run)
    return runs


def _run_command(tree: Path, output: Path, *, cache: Path) -> CommandRun:
    code = "from lstm_cli.cli.train import train; train()"
    command = [sys.executable, "-c", code, "--model", _MODEL, "--epochs", str(_EPOCHS), "--output", str(output)]
    environment = build_environment(XDG_CACHE_HOME=str(cache), NUMBA_CACHE_DIR=str(cache / "kernels"))
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=tree, env=environment, capture_output=True)
    seconds = time.perf_counter() - began
    history = json.loads((output / "history.json").read_text(encoding="utf-8"))
    # The first epoch also compiles the steps, which counts as the start.
    return CommandRun(seconds, (history["seconds"][-1],) * _EPOCHS)


def _format_row(title: str, seconds: Sequence[Sequence[float]]) -> list[str]:
    before, now = seconds
    ratios = [late / early for early, late in zip(before, now, strict=True)]
    return [title, *(f"{median(values):.3g}" for values in (before, now)), format_spread(ratios)]


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.before")
