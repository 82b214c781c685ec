"""`python -m benchmarks`: measure, print the tables, write them into docs/."""

from __future__ import annotations

import json
import platform
import subprocess
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from benchmarks.cases import Case, list_cases, list_quick_cases
from benchmarks.command import measure_command
from benchmarks.cores import can_measure_cores, measure_cores
from benchmarks.engines import OURS, TITLES
from benchmarks.figure import plot_ratios
from benchmarks.measurement import measure_case, prepare_workloads
from benchmarks.options import build_name_reader
from benchmarks.results import CaseResult, CoresResult, Report
from benchmarks.table import format_report, insert_table
from lstm_cli.kernels.threads import count_cores
from lstm_cli.plotting import save_figure
from lstm_cli.whole_file import write_text_whole

# What `--cases` calls the whole command.
_COMMAND = "command"
# What it calls the cases of `_CORES_CASES` on fewer cores.
_CORES = "cores"
_CORES_CASES = ("gru", "lstm-64")
_CORES_ENGINES = ("keras-fit", OURS)
_CASE_NAMES = (*(case.name for case in list_cases()), _CORES, _COMMAND)
_DOCS = Path(__file__).parent.parent / "docs"
_PACKAGES = ("lstm-cli", "numpy", "numba", "keras", "tensorflow", "torch", "jax")


@click.command(epilog=f"Cases: {', '.join(_CASE_NAMES)}. Engines: {', '.join(TITLES)}.")
@click.option("--quick", is_flag=True, help="A look in minutes: few cases, 8 batches, 2 rounds; writes nothing.")
@click.option("--cases", metavar="NAME,…", callback=build_name_reader(_CASE_NAMES), help="Only these.")
@click.option("--engines", metavar="NAME,…", callback=build_name_reader(TITLES), help="Only these.")
@click.option("--rounds", type=click.IntRange(min=1), help="Of each case.  [default: 5]")
@click.option("--batches", type=click.IntRange(min=1), help="Most batches a round.  [default: the case's own]")
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write to.  [default: docs]")
def main(
    *,
    quick: bool,
    cases: tuple[str, ...] | None,
    engines: tuple[str, ...] | None,
    rounds: int | None,
    batches: int | None,
    output: Path | None,
) -> None:
    """Measure lstm-cli beside stock Keras, PyTorch and Keras on JAX, and write performance.md, .json and .png."""
    default = [case.name for case in (list_quick_cases() if quick else list_cases())]
    default += [_COMMAND] if quick else [_CORES, _COMMAND]
    names = cases or default
    rounds = rounds or (2 if quick else 5)
    batches = batches or (8 if quick else None)
    available = {case.name: case.cut(batches) if batches else case for case in list_cases()}
    chosen = [available[name] for name in names if name in available]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            results = _measure_cases(chosen, Path(temporary), engines=engines or tuple(TITLES), rounds=rounds)
            cores: list[CoresResult] = []
            if _CORES in names and can_measure_cores():
                cores = _measure_cores(
                    [available[name] for name in _CORES_CASES],
                    Path(temporary) / "cores",
                    engines=engines or _CORES_ENGINES,
                    rounds=rounds,
                )
            command = None
            if _COMMAND in names:
                click.echo("The whole command …", err=True)
                command = measure_command(
                    folder=Path(temporary), epochs=3 if quick else 5, rounds=1 if quick else 2
                )
        except subprocess.CalledProcessError as error:
            written = (error.stderr or b"").decode(errors="replace")
            raise click.ClickException(f"{error}\n{written}") from error
    report = Report(_name_machine(), _list_versions(), rounds, quick, tuple(results), command, tuple(cores))
    click.echo(format_report(report))
    click.echo(f"Took {(time.perf_counter() - began) / 60:.1f} minutes.", err=True)
    if output is None and quick:
        return
    for path in _save(report, output or _DOCS):
        click.echo(f"Written: {path}", err=True)


def _measure_cases(cases: list[Case], folder: Path, *, engines: tuple[str, ...], rounds: int) -> list[CaseResult]:
    if cases:
        click.echo("Encoding the reviews, drawing the weights …", err=True)
        prepare_workloads(cases, folder)
    results = []
    for number, case in enumerate(cases, start=1):
        click.echo(f"{number} of {len(cases)}: {case.name} …", err=True)
        results.append(measure_case(case, folder=folder / case.name, engines=engines, rounds=rounds))
    return results


def _measure_cores(cases: list[Case], folder: Path, *, engines: tuple[str, ...], rounds: int) -> list[CoresResult]:
    click.echo("With fewer cores …", err=True)
    prepare_workloads(cases, folder)
    chosen = [engine for engine in engines if engine in _CORES_ENGINES]
    return [measure_cores(case, folder=folder / case.name, engines=chosen, rounds=rounds) for case in cases]


def _save(report: Report, folder: Path) -> list[Path]:
    """Write the page's tables, the raw figures and the picture; return their paths."""
    page, raw, picture = (folder / f"performance{suffix}" for suffix in (".md", ".json", ".png"))
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    table = format_report(report)
    compared = [case for case in report.cases if len(case.measurements) > 1 and OURS in case.measurements]
    if compared:
        save_figure(plot_ratios(compared, title=f"Speed beside its peers, {report.machine}"), picture)
        table = f"![How many times as long as lstm-cli the others take]({picture.name})\n\n{table}"
    write_text_whole(page, insert_table(text, table))
    write_text_whole(raw, json.dumps(asdict(report), indent=1) + "\n")
    return [page, raw, *([picture] if compared else [])]


def _name_machine() -> str:
    cores = count_cores()
    return f"{_read_processor()}, {cores} core{'s' if cores > 1 else ''}"


def _read_processor() -> str:
    """Return the processor's name where the system tells it, or its architecture."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _list_versions() -> dict[str, str]:
    versions = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
