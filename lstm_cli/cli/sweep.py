"""`lstm-sweep`: many trainings, one question: which settings validate best."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples, threads_option
from lstm_cli.cli.reading import (
    list_data_settings,
    list_reading_settings,
    reading_options,
    split_options,
    tell_reading,
)
from lstm_cli.cli.standard_input import take_for_configs

if TYPE_CHECKING:
    import optuna

    from lstm_cli.config import DataConfig
    from lstm_cli.data.encoding import Dataset
    from lstm_cli.sweep.definition import Sweep
    from lstm_cli.sweep.report import SweepReport, TrialRow
    from lstm_cli.sweep.study import Storage

_LONGEST_TABLE = 20


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-sweep gru",
        "lstm-sweep my-sweep.yaml --trials 50 --jobs 2 -d reviews.csv",
        "lstm-sweep gru --storage postgresql://user@host/sweeps",
    ),
)
@click.argument("path", metavar="SWEEP.yaml|NAME", type=click.Path(path_type=Path))
@click.option(
    "--trials", type=click.IntRange(min=1), metavar="N", help="Of the study in all.  [default: the file's]"
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that train here.",
)
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Begin no trial after that time.")
@click.option(
    "--storage",
    metavar="URL",
    envvar="LSTM_SWEEP_STORAGE",
    help="A database that machines share, also by LSTM_SWEEP_STORAGE.  [default: study.db in the folder]",
)
@click.option(
    "--study-name", metavar="NAME", help="The study's name there, and the folder's.  [default: the sweep's]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The sweep's folder.  [default: runs/sweeps/STUDY]"
)
@click.option(
    "-s", "--set", "overrides", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting of the base."
)
@click.option(
    "-d",
    "--data",
    multiple=True,
    metavar="NAME|PATH",
    help="The reviews: data.dataset of the base. Several are joined.",
)
@split_options
@reading_options
@click.option(
    "--grace",
    type=click.IntRange(min=2),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="A worker silent for so long is dead; its trial is retried.",
)
@click.option("--print-config", is_flag=True, help="Print the sweep with its base written out; train nothing.")
@threads_option
@common_options
def sweep(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Search the settings that validate best, with Optuna.

    Each trial is a run folder. The same command again goes on with the study; on another machine, with the same
    --storage, it joins. Trials are judged on the validation part; the test part is never looked at. With --quiet
    the path of the best configuration alone is printed.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.sweep.definition import format_sweep, load_sweep

    data = list_data_settings(options)
    loaded = load_sweep(options["path"], trials=options["trials"], overrides=[*options["overrides"], *data])
    if options["print_config"]:
        output.print_result(format_sweep(loaded).rstrip())
        output.print_document(loaded.config.model_dump(mode="json"))
        return
    (base,), kept = take_for_configs([loaded.space.base], output)
    _search(loaded.rebase(base), options, output, kept=kept)


def _load_data(sweep: Sweep, output: Output) -> Dataset:
    from lstm_cli.cli.progress import show_ngrams
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.errors import ConfigError
    from lstm_cli.sessions.configs import settle_config

    dataset = load_dataset(sweep.space.base.data, listener=show_ngrams(output))
    if not len(dataset.validation):
        raise ConfigError(
            "A sweep chooses by the validation part, and the data have none: set data.validation_split."
        )
    tell_reading(dataset, output)
    settle_config(sweep.space.build_first(), dataset)  # what they forbid, they forbid every trial
    return dataset


def _search(sweep: Sweep, options: dict[str, Any], output: Output, *, kept: Path | None) -> None:
    """Run the study to its end, and tell what came of it."""
    import time

    from lstm_cli.cli.interrupts import watch_signals
    from lstm_cli.errors import Interrupted, OutputError, TrainingError
    from lstm_cli.kernels.threads import count_cores
    from lstm_cli.sweep.pool import run_workers
    from lstm_cli.sweep.report import build_report, save_report
    from lstm_cli.sweep.study import explain_storage_errors, locate_storage, open_study, queue_lost
    from lstm_cli.sweep.worker import SweepJob

    began = time.time()
    study_name = options["study_name"] or sweep.config.name
    folder = options["output"] or Path("runs") / "sweeps" / study_name
    storage = locate_storage(options["storage"], folder=folder, study_name=study_name, grace=options["grace"])
    dataset = _load_data(sweep, output)  # what is wrong with them is found before anything is made
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Cannot write to {folder}: {error.strerror}. Name a folder of yours with -o."
        ) from error
    study = open_study(storage, sweep, fingerprint=dataset.fingerprint, folder=folder)
    if kept is not None:  # a study that is there is of the same reviews
        sweep = _move_kept(sweep, kept, folder=folder)
        options = _name_kept(options, sweep.space.base.data)
    jobs = min(options["jobs"], sweep.total)
    threads = max(1, (options["threads"] or count_cores()) // jobs)
    with explain_storage_errors(storage):
        queue_lost(study)
        before = build_report(study, sweep)
    if before.finished < sweep.total:
        _announce(sweep, before, jobs=jobs, threads=threads, storage=storage, output=output)
        job = SweepJob(
            sweep=sweep,
            storage=storage,
            folder=folder,
            threads=threads,
            deadline=None if options["timeout"] is None else began + options["timeout"],
            has_neighbours=jobs > 1,
        )
        with watch_signals() as stop:
            run_workers(
                job,
                study=study,
                jobs=jobs,
                report=_build_display(study, sweep, before=before, output=output),
                stop_requested=lambda: stop.requested,
            )
    with explain_storage_errors(storage):
        report = build_report(study, sweep)
    document = _describe(report, folder=folder, storage=storage)
    files = save_report(report, folder=folder, document=document)
    if report.finished < sweep.total:
        state = f"{report.finished} of {sweep.total} trials are finished."
        again = f"Go on with: {_repeat_command(options, storage=storage)}"
        if before.finished < sweep.total and stop.requested:
            raise Interrupted(f"Stopped; {state}\n{again}", exit_code=stop.exit_code)
        output.print_notice(f"{state}\n{again}")
    if report.best is None and report.finished:
        reasons = [row.facts["error"] for row in report.rows if row.facts["error"]]
        raise TrainingError(
            f"No trial of {len(report.rows)} was trained to its end. The last: {(reasons or ['pruned'])[-1]}"
        )
    if output.quiet and report.best:
        output.print_result(str(files["best config"]))
    elif not output.json:
        _print_table(report, files=files)
    output.print_document(document)


def _announce(
    sweep: Sweep, before: SweepReport, *, jobs: int, threads: int, storage: Storage, output: Output
) -> None:
    config = sweep.config
    count = len(sweep.space.dimensions)
    done = f", {before.finished} of them finished" if before.finished else ""
    output.print_notice(
        f"{config.name}: {count} setting{'s' if count > 1 else ''} of {sweep.space.base.name},"
        f" {sweep.total} trials{done}, {config.objective} by {config.sampler.name}, pruner {config.pruner.name}\n"
        f"{jobs} process{'es' if jobs > 1 else ''} of {threads} core{'s' if threads > 1 else ''};"
        f" study {storage.study_name!r} in {storage.shown}"
    )


def _build_display(
    study: optuna.Study, sweep: Sweep, *, before: SweepReport, output: Output
) -> Callable[[], None]:
    """Build a function that prints a line for every trial that has ended since its last call, on any machine."""
    from lstm_cli.sweep.report import build_row
    from lstm_cli.sweep.study import list_slots

    told = {row.number for row in before.rows if row.state in {"complete", "pruned", "failed"}}
    best = [] if before.best is None else [before.rank(before.best)]

    def display() -> None:
        for slot in list_slots(study)[: sweep.total]:
            if slot.number in told or not slot.is_finished:
                continue
            told.add(slot.number)
            row = build_row(slot, objective=sweep.config.objective)
            is_best = row.state == "complete" and all(before.rank(row) < rank for rank in best)
            best.extend([before.rank(row)] if is_best else [])
            output.print_notice(f"{_format_row(row, sweep)}{'  best so far' if is_best else ''}")

    return display


def _format_row(row: TrialRow, sweep: Sweep) -> str:
    """Return a trial as one line."""
    width = len(str(sweep.total))
    words = [f"trial {row.number:>{width}}/{sweep.total}", f"{row.state:<8}"]
    if row.value is not None:
        words.append(f"{sweep.config.objective} {row.value:.4f}")
        words.append(f"epoch {row.facts['best_epoch']} of {row.facts['epochs']}")
        words.append(f"{row.facts['seconds']:.1f} s")
    elif row.facts["error"]:
        words.append(str(row.facts["error"]).splitlines()[0])
    varied = sweep.space.varied
    words.append(
        " ".join(f"{varied[path]}={_format_value(row.params[path])}" for path in varied if path in row.params)
    )
    return "  ".join(words)


def _format_value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _print_table(report: SweepReport, *, files: dict[str, Path]) -> None:
    """Print the best trials, what mattered, and the next command."""
    import shlex

    from lstm_cli.cli.display import build_console
    from lstm_cli.cli.grids import Grid, print_grid

    console = build_console()
    varied = report.sweep.space.varied
    is_by_macro_f1 = report.sweep.config.objective == "val_macro_f1"
    macro_f1 = ["val macro F1"] if is_by_macro_f1 else []
    titles = ["trial", "val loss", "val acc.", *macro_f1, "best epoch", "s", *varied.values()]
    rows = []
    for row in report.ranked[:_LONGEST_TABLE]:
        facts = row.facts
        styles = {"val_loss": ".4f", "val_accuracy": ".4f", "best_epoch": "d", "seconds": ".1f"}
        figures = ["-" if facts[name] is None else format(facts[name], style) for name, style in styles.items()]
        if is_by_macro_f1:
            figures.insert(2, "-" if row.value is None else f"{row.value:.4f}")
        params = [_format_value(row.params.get(path, "-")) for path in varied]
        rows.append([f"{row.number} {row.state}", *figures, *params])
    # A word a line, so that the row fits in 80 columns.
    words = [title.replace(".", ".\n").rstrip("\n").replace("_", " ").replace(" ", "\n") for title in titles]
    print_grid(console, Grid(words, rows))
    if len(report.rows) > _LONGEST_TABLE:
        console.print(f"… and {len(report.rows) - _LONGEST_TABLE} more in {files['table']}", soft_wrap=True)
    if report.importances:
        shares = ", ".join(f"{path} {share:.2f}" for path, share in report.importances.items())
        console.print(f"\nImportance  {shares}", soft_wrap=True)
    if report.best:
        again = f"lstm-train -c {shlex.quote(str(files['best config']))}"
        console.print(f"\nBest        trial {report.best.number}, {report.best.facts['folder']}", soft_wrap=True)
        console.print(f"Train it    {again}", soft_wrap=True)
    names = {"table": "Table", "history": "History", "importances": "Importance"}
    for key, name in names.items():
        if key in files:
            console.print(f"{name:<12}{files[key]}", soft_wrap=True)


def _describe(report: SweepReport, *, folder: Path, storage: Storage) -> dict[str, Any]:
    """Return the report as it stands in the JSON document and in `trials.json`."""
    config = report.sweep.config
    return {
        "study": storage.study_name,
        "storage": storage.shown,
        "output": str(folder),
        "objective": config.objective,
        "direction": report.sweep.direction,
        "sampler": config.sampler.model_dump(mode="json"),
        "pruner": config.pruner.model_dump(mode="json"),
        "total": report.sweep.total,
        "finished": report.finished,
        "best": report.best.to_dict() if report.best else None,
        "best_config": str(folder / "best.yaml") if report.best else None,
        "importances": dict(report.importances),
        "trials": [row.to_dict() for row in report.rows],
    }


def _move_kept(sweep: Sweep, kept: Path, *, folder: Path) -> Sweep:
    from lstm_cli.data.standard_input import move_for_configs

    return sweep.rebase(*move_for_configs([sweep.space.base], kept, folder=folder, force=True))


def _name_kept(options: dict[str, Any], data: DataConfig) -> dict[str, Any]:
    """Return the command's options with the file in which standard input is kept, read as that is written."""
    form = ("encoding", "delimiter", "header")
    plain = tuple(f"data.{name}=null" for name in form if getattr(data, name) is None)
    return options | dict.fromkeys(form) | {"data": data.datasets, "overrides": (*options["overrides"], *plain)}


def _repeat_command(options: dict[str, Any], *, storage: Storage) -> str:
    """Return the command line that goes on; a password in it must be filled in again."""
    import shlex

    words = ["lstm-sweep", str(options["path"])]
    for key in ("trials", "jobs", "study_name", "output", "grace", "threads"):
        default = {"jobs": 1, "grace": 60}.get(key)
        if options[key] not in {None, default}:
            words += [f"--{key.replace('_', '-')}", str(options[key])]
    words += [word for dataset in options["data"] for word in ("--data", dataset)]
    settings = [*options["overrides"], *list_reading_settings(options)]
    words += [word for setting in settings for word in ("--set", setting)]
    if options["storage"] is not None:
        words += ["--storage", storage.shown]
    return shlex.join(words)
