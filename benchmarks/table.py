"""A report → Markdown, and its place in a page whose other text is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.engines import OURS, TITLES
from benchmarks.results import CaseResult, CommandResult, CommandRun, CoresResult, Report

START, END = "<!-- bench:start -->", "<!-- bench:end -->"
# Epochs of the named configuration, to which the whole command is also worked out.
_ALL_EPOCHS = 100


def insert_table(page: str, table: str, *, marks: tuple[str, str] = (START, END)) -> str:
    """Return the page with the table between two marks, at its end where it has none.

    Args:
        page: may be empty.
        table: takes the place of what stood there.
        marks: the line before it, and the one behind.
    """
    start, end = marks
    if start not in page or end not in page:
        page = page.rstrip() + f"\n\n{start}\n{end}\n" if page.strip() else f"# Performance\n\n{start}\n{end}\n"
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n{table.strip()}\n{end}{after}"


def format_report(report: Report) -> str:
    """Return all tables."""
    engines = [engine for engine in TITLES if any(_knows(case, engine) for case in report.cases)]
    parts = [_format_conditions(report)]
    if report.cases:
        if OURS in engines:
            parts.append(_format_ratios(report.cases, [engine for engine in engines if engine != OURS]))
        parts += [
            _format_seconds(report.cases, engines),
            _format_losses(report.cases, engines),
            _format_costs(report.cases, engines),
        ]
    if report.cores:
        parts.append(_format_cores(report.cores))
    if report.command:
        parts.append(_format_command(report.command))
    return "\n\n".join(parts)


def format_spread(values: Sequence[float]) -> str:
    """Return the median, with the least and the most of several."""
    if len(values) == 1:
        return _round(values[0])
    return f"{_round(median(values))} ({_round(min(values))} … {_round(max(values))})"


def _format_conditions(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    quick = "**A quick look with few batches: these are not the published figures.**\n\n" if report.quick else ""
    return (
        f"{quick}{report.machine}; {versions}.\n"
        f"Rounds in which the engines took turns: {report.rounds}; shown are medians, least and most in brackets. "
        "One process an engine and case, compilation and a first round beforehand. All may use all cores; PyTorch "
        "takes one thread where a trial shows that to be faster."
    )


def _format_ratios(cases: Sequence[CaseResult], engines: Sequence[str]) -> str:
    def format_ratio(case: CaseResult, engine: str) -> str:
        return format_spread(case.list_ratios(engine, ours=OURS))

    def format_share(case: CaseResult) -> str:
        if OURS not in case.measurements:
            return ""
        return f"{case.compute_gflops(OURS):.0f} of {case.peak_gflops:.0f}"

    rows = [
        [
            case.name,
            *(_format_cell(case, engine, format_ratio, needs=OURS) for engine in engines),
            format_share(case),
        ]
        for case in cases
    ]
    head = ["case", *(f"{TITLES[engine]} / {OURS}" for engine in engines), f"GFLOP/s, {OURS} of the machine's"]
    return (
        "### How many times as long the others take\n\n"
        f"{format_table(head, rows)}\n\n"
        "Above 1, lstm-cli is the faster. A ratio is taken in every round, then the median of these. "
        "Last column: two operations for each of the model's multiply-adds, forward and backward, by lstm-cli's "
        "time, and what NumPy reaches here with one product of two float32 matrices of 2048 rows."
    )


def _format_seconds(cases: Sequence[CaseResult], engines: Sequence[str]) -> str:
    def format_seconds(case: CaseResult, engine: str) -> str:
        scale = case.table_reviews / case.reviews
        return format_spread([scale * seconds for seconds in case.list_seconds(engine)])

    rows = [
        [
            case.name,
            f"{case.reviews:,}" if case.is_whole else f"{case.reviews:,}, extrapolated",
            *(_format_cell(case, engine, format_seconds) for engine in engines),
        ]
        for case in cases
    ]
    return (
        "### Seconds an epoch of 20,000 reviews, and for the probabilities of 25,000\n\n"
        f"{format_table(['case', 'reviews a round', *(TITLES[engine] for engine in engines)], rows)}\n\n"
        "Where a round is the whole epoch, stock Keras' wait for tf.data after the last step counts; where it is "
        "extrapolated, that wait is left out, in Keras' favour."
    )


def _format_losses(cases: Sequence[CaseResult], engines: Sequence[str]) -> str:
    def format_loss(case: CaseResult, engine: str) -> str:
        return f"{case.measurements[engine].losses[-1]:.6f}"

    rows = [[case.name, *(_format_cell(case, engine, format_loss) for engine in engines)] for case in cases]
    return (
        "### The loss in the last round\n\n"
        f"{format_table(['case', *(TITLES[engine] for engine in engines)], rows)}\n\n"
        "All began with the same weights and took the same steps. Two things differ: dropout draws other masks in "
        "each engine, and on TensorFlow stock Keras squares an embedding's gradient token by token where the "
        "others add it up by word first, which RMSprop, Adam and Adadelta notice."
    )


def _format_costs(cases: Sequence[CaseResult], engines: Sequence[str]) -> str:
    def format_cost(case: CaseResult, engine: str) -> str:
        measurement = case.measurements[engine]
        compilation = max(0.0, measurement.first_seconds - median(measurement.seconds))
        return f"{compilation:.1f} s, {measurement.peak_memory / 1e6:,.0f} MB"

    rows = [[case.name, *(_format_cell(case, engine, format_cost) for engine in engines)] for case in cases]
    return (
        "### Compilation and peak memory\n\n"
        f"{format_table(['case', *(TITLES[engine] for engine in engines)], rows)}\n\n"
        "By how much the first round took longer than the median of the others, and the most memory that the "
        "process held."
    )


def _format_cores(results: Sequence[CoresResult]) -> str:
    conditions = ("one core busy", "one core")
    engines = list(results[0].seconds)
    rows = [
        [
            result.name,
            *(format_spread(result.compare(engine, condition)) for condition in conditions for engine in engines),
        ]
        for result in results
    ]
    head = ["case", *(f"{TITLES[engine]}, {condition}" for condition in conditions for engine in engines)]
    return (
        "### Where cores are missing: how many times as long as on all of them\n\n"
        f"{format_table(head, rows)}\n\n"
        "Busy: another process spins on that core the whole time. One core: the engine's process is pinned to it."
    )


def _format_command(command: CommandResult) -> str:
    def format_row(title: str, runs: Sequence[CommandRun]) -> list[str]:
        columns = (
            [run.seconds for run in runs],
            [run.start_seconds for run in runs],
            [median(run.epoch_seconds) for run in runs],
            [run.extrapolate(_ALL_EPOCHS) for run in runs],
        )
        return [title, *(f"{format_spread(values)} s" for values in columns)]

    epochs = len(command.cold.epoch_seconds)
    whole = f"{epochs} epochs, prompt to prompt"
    head = ["command", whole, "all but the epochs", "an epoch", "100 epochs, worked out"]
    rows = [
        format_row("stock Keras script", command.stock),
        format_row("lstm-train", command.ours),
        format_row("lstm-train, cold", [command.cold]),
    ]
    return (
        f"### The whole command: lstm-train --model {command.model} --epochs {epochs}\n\n"
        f"{format_table(head, rows)}\n\n"
        f"The script takes {format_spread(command.list_ratios())} times as long from prompt to prompt. Cold: no "
        "review encoded, no kernel compiled. The script reads encoded reviews; lstm-train finds them in its "
        "cache. Epochs are of the training part and end with the validation part; 100 epochs are the start and "
        "100 times the median epoch."
    )


def _knows(case: CaseResult, engine: str) -> bool:
    return engine in case.measurements or engine in case.absent


def _format_cell(
    case: CaseResult, engine: str, format_value: Callable[[CaseResult, str], str], *, needs: str | None = None
) -> str:
    """Return an engine's cell, or why it has none; `needs` names another engine without which it has none."""
    for required in filter(None, (engine, needs)):
        if required not in case.measurements:
            return case.absent.get(required, "").replace("|", r"\|")
    return format_value(case, engine)


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text, the others numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _round(value: float) -> str:
    """Return three digits, more where the whole part has them."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
