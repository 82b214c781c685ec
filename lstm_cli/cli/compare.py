"""`lstm-compare`: trained models in one table, tested in pairs, beside a cheap baseline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples, threads_option

if TYPE_CHECKING:
    from lstm_cli.comparison.table import Table

_ABBREVIATIONS = {
    "parameters": "param-\neters",
    "valid. accuracy": "valid.\nacc.",
    "test accuracy": "test\nacc.",
    "test macro F1": "test\nF1",
    "s per epoch": "s per\nepoch",
}


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-compare runs/gru runs/lstm",
        "lstm-compare runs -o compared --no-baseline",
    ),
)
@click.argument("paths", metavar="RUN …", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Write comparison.md, .csv and .json and the loss curves there.",
)
@click.option(
    "-d",
    "--data",
    "places",
    multiple=True,
    metavar="NAME|PATH",
    help="Where data that were moved lie now, parts too; each run knows its own. Repeatable.",
)
@click.option("--no-baseline", is_flag=True, help="Leave out the regression on n-grams.")
@threads_option
@common_options
def compare(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Compare trained models: losses, accuracy, time, and McNemar's test of every pair.

    A RUN is a run's folder, or a folder that holds some. Runs that differ in nothing but the seed become one row.
    Each model is judged on the test part of its data, which training never looks at.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    from lstm_cli.comparison.runs import load_runs
    from lstm_cli.kernels.threads import set_threads

    set_threads(options["threads"])
    runs = load_runs(options["paths"], places=options["places"])
    from lstm_cli.cli.progress import show_ngrams
    from lstm_cli.comparison.formats import build_document
    from lstm_cli.comparison.table import build_tables

    tables = build_tables(
        runs,
        with_baseline=not options["no_baseline"],
        report=output.print_notice,
        listener=show_ngrams(output),
    )
    document = build_document(tables)
    if not output.json:
        _print_tables(tables)
    if options["folder"]:
        files = _save(options["folder"], tables, document, command=_repeat_command(options))
        if not output.quiet:
            output.print_result("\n".join(f"Written {path}" for path in files))
    output.print_document(document)


def _print_tables(tables: Sequence[Table]) -> None:
    from lstm_cli.cli.display import build_console
    from lstm_cli.cli.grids import Grid, print_grid
    from lstm_cli.comparison.formats import (
        EMPTY,
        TEST_TITLES,
        format_heading,
        format_rows,
        format_tests,
        list_differences,
        list_titles,
    )

    console = build_console()

    def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> None:
        """Print a table whose first `texts` columns are words, the others numbers."""
        # In two lines, so that a row's figures fit beside each other in 80 columns.
        split = [_ABBREVIATIONS.get(title, title.replace(" ", "\n")) for title in titles[texts:]]
        cells = [[cell.replace(" ± ", "\n±") for cell in row] for row in rows]
        print_grid(console, Grid([*titles[:texts], *split], cells, texts=texts))
        console.print()

    for number, table in enumerate(tables, start=1):
        heading = format_heading(table)
        console.print(heading if len(tables) == 1 else f"Table {number}. {heading}", style="bold")
        rows = [
            (label if count in {"1", EMPTY} else f"{label}\nn = {count}", *cells)
            for label, count, *cells in format_rows(table)
        ]
        print_table([title for title in list_titles(table) if title != "n"], rows, texts=1)
        if table.tests:
            console.print("McNemar's test, two-sided, on the same reviews", style="bold")
            print_table(TEST_TITLES, format_tests(table), texts=2)
        for note in table.notes:
            console.print(note)
        console.print()
    for difference in list_differences(tables):
        console.print(difference)


def _save(folder: Path, tables: Sequence[Table], document: dict[str, Any], *, command: str) -> list[Path]:
    """Write the three files and a figure for each table, and return their paths."""
    import json

    from lstm_cli.comparison.formats import format_csv, format_markdown
    from lstm_cli.plotting import Curves, plot_seeds, save_figure
    from lstm_cli.whole_file import write_text_whole

    texts = {
        "comparison.md": format_markdown(tables, command=command),
        "comparison.csv": format_csv(tables),
        "comparison.json": json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        write_text_whole(folder / name, text)
    files = [folder / name for name in texts]
    for number, table in enumerate(tables, start=1):
        curves = [
            Curves(row.label, histories, row.runs[0].run.config.training.monitor)
            for row in table.rows
            if (histories := [item.run.history for item in row.runs if item.run.history.epochs])
        ]
        if curves:
            # Losses on different reviews say nothing of each other, so that each table has a figure of its own.
            files.append(folder / ("loss.png" if len(tables) == 1 else f"loss-{number}.png"))
            save_figure(plot_seeds(curves), files[-1])
    return files


def _repeat_command(options: dict[str, Any]) -> str:
    """Return the command line that writes the same files again."""
    import shlex

    words = ["lstm-compare", *map(str, options["paths"])]
    words += [word for place in options["places"] for word in ("-d", place)]
    words += ["--no-baseline"] if options["no_baseline"] else []
    return shlex.join([*words, "-o", str(options["folder"])])
