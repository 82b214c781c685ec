"""`lstm-plot`: histories → a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples

if TYPE_CHECKING:
    from lstm_cli.history import Monitor

_RECORD, _CONFIG = "run.json", "config.yaml"


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-plot runs/gru/history.json",
        "lstm-plot runs/*/history.json --metric accuracy -o accuracy.svg",
    ),
)
@click.argument(
    "history_files", metavar="HISTORY.json …", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    "figure_file",
    type=click.Path(path_type=Path),
    help="The figure: .png, .svg or .pdf.  [default: METRIC.png beside the history; of several, "
    "overlaid-METRIC.png in the current folder]",
)
@click.option("--metric", default="loss", show_default=True, help="loss, accuracy or another of the history.")
@common_options
def plot(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Plot the loss, or another figure, of one or several trainings.

    Reads history.json, a dump of Keras' History.history, a file of Keras' CSVLogger, and what pandas makes of
    them; a run's folder stands for the history in it. Of a run the best epoch is marked, which its model file
    holds; of other histories the lowest or highest value.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.history import find_keras_name, load_history
    from lstm_cli.plotting import (
        Curves,
        check_figure_path,
        describe_lacking,
        list_undrawn,
        plot_history,
        save_figure,
    )

    files: Sequence[Path] = options["history_files"]
    metric: str = options["metric"]
    if options["figure_file"]:
        check_figure_path(options["figure_file"])
    histories = [load_history(path, report=output.print_notice) for path in files]
    if not any(metric in history.metrics for history in histories):
        metric = find_keras_name(metric)  # as the histories' own names were
    figure_file = options["figure_file"] or _choose_figure_file(files, metric=metric)
    check_figure_path(figure_file)
    models = [
        Curves(_name_history(path), [history], _load_monitor(path, output=output))
        for path, history in zip(files, histories, strict=True)
    ]
    figure = plot_history(models, metric=metric)
    for path, history in zip(files, histories, strict=True):
        if undrawn := list_undrawn(history, metric=metric):
            output.print_notice(f"{path}: not drawn: {', '.join(undrawn)}. Name one with --metric to see it.")
    if letters := save_figure(figure, figure_file):
        output.print_notice(describe_lacking(letters))
    output.print_result(str(figure_file))
    output.print_document(
        {
            "figure": str(figure_file),
            "metric": metric,
            "histories": [
                {
                    "file": str(path),
                    "epochs": history.epochs,
                    "best_epoch": model.find_best_epoch(history, metric=metric),
                }
                for path, history, model in zip(files, histories, models, strict=True)
            ],
        }
    )


def _choose_figure_file(files: Sequence[Path], *, metric: str) -> Path:
    """Return a place where nothing of a run lies but the same figure of the same run."""
    if len(files) > 1:
        return Path(f"overlaid-{metric}.png")
    [file] = files
    if file.is_dir():
        return file / f"{metric}.png"
    is_foreign = file.name != "history.json" and (file.parent / _RECORD).exists()
    return file.with_name(f"{file.stem}-{metric}.png" if is_foreign else f"{metric}.png")


def _load_monitor(path: Path, *, output: Output) -> Monitor | None:
    """Return what tells the best epoch of the run whose history this is; None where it is no run's."""
    from lstm_cli.config import load_config
    from lstm_cli.errors import ConfigError

    folder = path if path.is_dir() else path.parent
    is_run = (path.is_dir() or path.name == "history.json") and (folder / _RECORD).exists()
    if not is_run or not (folder / _CONFIG).exists():
        return None
    try:
        return load_config(folder / _CONFIG).training.monitor
    except ConfigError as error:
        output.print_notice(f"{error}\nSo the lowest or highest value is marked, not the run's best epoch.")
        return None


def _name_history(path: Path) -> str:
    """Return the run's name for a history of ours, the file's for others."""
    if path.is_dir():
        return path.resolve().name
    return path.resolve().parent.name if path.name == "history.json" else path.stem
