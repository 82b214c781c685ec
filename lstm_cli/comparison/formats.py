"""Tables → cells for people, Markdown, CSV and a JSON document."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstm_cli.comparison.baseline import Baseline
from lstm_cli.comparison.statistics import Summary, summarize
from lstm_cli.comparison.table import FIGURE_NAMES, JudgedRun, PairedTest, Row, Table, explain_difference
from lstm_cli.data.baseline import NAME

EMPTY = "-"
"""What stands in a cell that has no figure."""


@dataclass(frozen=True, slots=True)
class Column:
    """How a figure is shown.

    Attributes:
        name: one of `FIGURE_NAMES`.
        title: its words.
        digits: behind the point, of a mean over several runs.
        is_whole: whether a single run's is a whole number.
    """

    name: str
    title: str
    digits: int = 4
    is_whole: bool = False


COLUMNS = (
    Column("epochs", "epochs", 1, is_whole=True),
    Column("best_epoch", "best epoch", 1, is_whole=True),
    Column("loss", "train loss"),
    Column("val_loss", "valid. loss"),
    Column("gap", "gap"),
    Column("val_accuracy", "valid. accuracy"),
    Column("test_accuracy", "test accuracy"),
    Column("test_macro_f1", "test macro F1"),
    Column("seconds", "s per epoch", 2),
)
TEST_TITLES = ("first", "second", "only first right", "only second right", "McNemar", "p", "p (Holm)")


def format_heading(table: Table) -> str:
    """Return what a table is of, in a line."""
    reviews = table.reviews
    share = table.largest_class_share
    uneven = "" if share is None or table.is_of_even_pair else f", {share:.1%} of them of the largest class"
    count = reviews.get(table.part, 0) if table.part else 0
    judged = f"judged on the {table.part} part, {count:,} reviews{uneven}" if table.part else "not judged"
    if table.folds:
        judged = f"judged on {table.folds} folds, {count:,} reviews{uneven}"
    return f"{table.dataset}: {judged} ({reviews.get('train', 0):,} to train)"


def list_titles(table: Table) -> tuple[str, ...]:
    """Return the titles above the cells of `format_rows`."""
    return ("model", "n", "parameters", *(column.title for column in _list_columns(table)))


def format_rows(table: Table) -> list[tuple[str, ...]]:
    """Return the table's cells under `list_titles`, the baseline last."""
    columns = _list_columns(table)
    rows = [
        (
            row.label,
            str(len(row.runs)),
            f"{row.parameters:,}",
            *(_format_summary(row.summaries[column.name], column, table=table) for column in columns),
        )
        for row in table.rows
    ]
    if table.baseline:
        summaries = _summarize_baselines(table)
        cells = [_format_summary(summaries[column.name], column, table=table) for column in columns]
        rows.append((NAME, EMPTY, f"{table.baseline.parameters:,}", *cells))
    return rows


def format_tests(table: Table) -> list[tuple[str, ...]]:
    """Return the cells of the paired tests under `TEST_TITLES`."""
    return [
        (
            _name_rival(test.first, test.first_seed),
            _name_rival(test.second, test.second_seed),
            f"{test.result.only_first_right:,}",
            f"{test.result.only_second_right:,}",
            "exact" if test.result.statistic is None else f"χ² {test.result.statistic:.2f}",
            _format_p(test.result.p_value),
            _format_p(test.p_holm),
        )
        for test in table.tests
    ]


def list_differences(tables: Sequence[Table]) -> list[str]:
    """Return why models of different tables are not tested in pairs, a sentence for each table but the first."""
    return [
        f"Table {number} is of other reviews than table 1 ({explain_difference(tables[0], table)}): "
        "figures and models are not compared across."
        for number, table in enumerate(tables[1:], start=2)
    ]


def format_markdown(tables: Sequence[Table], *, command: str) -> str:
    """Return all tables, tests and notes as a page of Markdown.

    Args:
        tables: at least one.
        command: what makes the page again.
    """
    parts = ["# Comparison", f"`{command}`", *list_differences(tables)]
    for number, table in enumerate(tables, start=1):
        heading = format_heading(table)
        parts.append(f"## {heading}" if len(tables) == 1 else f"## Table {number}. {heading}")
        parts.append(_format_markdown_table(list_titles(table), format_rows(table), texts=1))
        if table.tests:
            parts.append("McNemar's test, two-sided, on the same reviews:")
            parts.append(_format_markdown_table(TEST_TITLES, format_tests(table), texts=2))
        parts.append("\n".join(f"- {note}" for note in table.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def format_csv(tables: Sequence[Table]) -> str:
    """Return models, single runs and baselines as CSV, told apart by the column `kind`."""
    text = io.StringIO(newline="")
    spread = [name for figure in FIGURE_NAMES for name in (figure, f"{figure}_sd")]
    names = [
        "table",
        "dataset",
        "judged_on",
        "kind",
        "model",
        "run",
        "seed",
        "fold",
        "n",
        "finished",
        "parameters",
        *spread,
    ]
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    for number, table in enumerate(tables, start=1):
        common = {"table": number, "dataset": table.dataset, "judged_on": table.part}
        writer.writerows(common | record for record in _iter_records(table))
    return text.getvalue()


def build_document(tables: Sequence[Table]) -> dict[str, Any]:
    """Return everything as one JSON object; a figure that is not there is null."""
    return {
        "tables": [_describe_table(table) for table in tables],
        "differences": list_differences(tables),
    }


def _list_columns(table: Table) -> list[Column]:
    return [column for column in COLUMNS if column.name != "test_macro_f1" or not table.is_of_even_pair]


def _format_summary(summary: Summary, column: Column, *, table: Table) -> str:
    if column.name.startswith("test_") and table.part != "test":
        return "none"
    if math.isnan(summary.mean):
        return EMPTY
    if summary.sd is None:
        return f"{summary.mean:.0f}" if column.is_whole else f"{summary.mean:.{column.digits}f}"
    return f"{summary.mean:.{column.digits}f} ± {summary.sd:.{column.digits}f}"


def _format_p(p_value: float) -> str:
    return "<0.0001" if p_value < 0.0001 else f"{p_value:.4f}"


def _name_rival(label: str, seed: int | None) -> str:
    return label if seed is None else f"{label}, seed {seed}"


def _format_markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> str:
    """Return a table of Markdown whose first `texts` columns are words, the others numbers."""
    rule = ["---"] * texts + ["---:"] * (len(titles) - texts)
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *rows))


def _summarize_baselines(table: Table) -> dict[str, Summary]:
    figures = [_read_baseline(baseline) for baseline in table.baselines.values()]
    return {name: summarize([of_fold[name] for of_fold in figures]) for name in FIGURE_NAMES}


def _read_baseline(baseline: Baseline) -> dict[str, float]:
    """Return the figures of the baseline, which knows no epochs and no comparable losses."""
    figures = dict.fromkeys(FIGURE_NAMES, math.nan) | {"val_accuracy": baseline.val_accuracy}
    if baseline.judgement.part == "test":
        figures |= {"test_accuracy": baseline.judgement.accuracy, "test_macro_f1": baseline.judgement.macro_f1}
    return figures


def _iter_records(table: Table) -> Iterator[dict[str, object]]:
    """Yield the CSV's records of a table: each model, its runs after it, and the baseline."""
    for row in table.rows:
        finished = str(row.finished).lower()
        record: dict[str, object] = {
            "kind": "model",
            "model": row.label,
            "seed": " ".join(dict.fromkeys(str(item.run.record.seed) for item in row.runs)),
            "fold": " ".join(dict.fromkeys(str(item.fold) for item in row.runs if item.fold)),
            "n": len(row.runs),
            "finished": finished,
            "parameters": row.parameters,
        }
        yield record | _spread(row.summaries)
        for kind, items in (("run", row.runs), ("repeat", row.repeats)):
            for item in items:
                yield {
                    "kind": kind,
                    "model": row.label,
                    "run": str(item.run.path),
                    "seed": item.run.record.seed,
                    "fold": item.fold or "",
                    "finished": finished,
                    "parameters": row.parameters,
                } | {name: _blank_nan(getattr(item.figures, name)) for name in FIGURE_NAMES}
    if table.baseline:
        record = {"kind": "baseline", "model": NAME, "parameters": table.baseline.parameters}
        yield record | _spread(_summarize_baselines(table))


def _spread(summaries: Mapping[str, Summary]) -> dict[str, object]:
    """Return each figure's mean and deviation under the CSV's names."""
    record: dict[str, object] = {}
    for name, summary in summaries.items():
        record[name] = _blank_nan(summary.mean)
        record[f"{name}_sd"] = "" if summary.sd is None else _blank_nan(summary.sd)
    return record


def _describe_table(table: Table) -> dict[str, Any]:
    return {
        "dataset": table.dataset,
        "fingerprint": table.fingerprint,
        "drawing": dict(table.drawing),
        "judged_on": table.part,
        "reviews": dict(table.reviews),
        "largest_class_share": table.largest_class_share,
        "models": [_describe_row(row) for row in table.rows],
        "baseline": _describe_baseline(table) if table.baseline else None,
        "tests": [_describe_test(test) for test in table.tests],
        "notes": list(table.notes),
    }


def _describe_row(row: Row) -> dict[str, Any]:
    return {
        "model": row.label,
        "finished": row.finished,
        "n": len(row.runs),
        "parameters": row.parameters,
        "loss_function": row.loss_function,
        "figures": {
            name: {
                "mean": _null_nan(summary.mean),
                "sd": None if summary.sd is None else _null_nan(summary.sd),
            }
            for name, summary in row.summaries.items()
        },
        "runs": [_describe_run(item) for item in row.runs],
        "repeats": [_describe_run(item) for item in row.repeats],
    }


def _describe_run(item: JudgedRun) -> dict[str, Any]:
    figures = {name: _null_nan(getattr(item.figures, name)) for name in FIGURE_NAMES}
    return {"run": str(item.run.path), "seed": item.run.record.seed, "fold": item.fold, **figures}


def _describe_baseline(table: Table) -> dict[str, Any]:
    """Return the baseline's figures, of folds their means."""
    summaries = _summarize_baselines(table)
    baselines = list(table.baselines.values())
    return {
        "model": NAME,
        "parameters": baselines[0].parameters,
        **{name: _null_nan(summaries[name].mean) for name in ("val_accuracy", "test_accuracy", "test_macro_f1")},
        "seconds": sum(baseline.seconds for baseline in baselines),
    }


def _describe_test(test: PairedTest) -> dict[str, Any]:
    result = test.result
    return {
        "first": {"model": test.first, "seed": test.first_seed},
        "second": {"model": test.second, "seed": test.second_seed},
        "folds": test.folds,
        "only_first_right": result.only_first_right,
        "only_second_right": result.only_second_right,
        "method": result.method,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "p_holm": test.p_holm,
    }


def _null_nan(value: float) -> float | None:
    return None if math.isnan(value) else value


def _blank_nan(value: float) -> float | str:
    return "" if math.isnan(value) else value
