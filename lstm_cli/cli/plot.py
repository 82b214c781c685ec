"""`lstm-plot`: histories → a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples


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
    help="The figure: .png, .svg or .pdf.  [default: METRIC.png beside the first history]",
)
@click.option("--metric", default="loss", show_default=True, help="loss, accuracy or another of the history.")
@common_options
def plot(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Plot the loss, or another figure, of one or several trainings.

    Reads history.json, a dump of Keras' History.history, and a file of Keras' CSVLogger; a run's folder stands for
    the history in it.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.history import load_history
    from lstm_cli.plotting import check_figure_path, plot_history, save_figure

    files: Sequence[Path] = options["history_files"]
    beside = files[0] if files[0].is_dir() else files[0].parent
    figure_file = options["figure_file"] or beside / f"{options['metric']}.png"
    check_figure_path(figure_file)
    histories = [(_name_history(path), load_history(path)) for path in files]
    save_figure(plot_history(histories, metric=options["metric"]), figure_file)
    output.print_result(str(figure_file))
    output.print_document(
        {
            "figure": str(figure_file),
            "metric": options["metric"],
            "histories": [
                {"file": str(path), "epochs": history.epochs}
                for path, (_, history) in zip(files, histories, strict=True)
            ],
        }
    )


def _name_history(path: Path) -> str:
    """Return the run's name for a history of ours, the file's for others."""
    if path.is_dir():
        return path.resolve().name
    return path.resolve().parent.name if path.name == "history.json" else path.stem
