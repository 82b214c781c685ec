"""`python -m reproduction.several_classes SDIST`: rated sentences in three and five classes; docs/results.md."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from lstm_cli.comparison.judging import Judgement
from lstm_cli.comparison.runs import load_run
from lstm_cli.comparison.table import Table, build_tables
from lstm_cli.data.baseline import NAME
from lstm_cli.evaluation.ratings import RatingScores, score_ratings
from lstm_cli.inference.classifier import load_classifier
from reproduction.page import format_spread, format_table
from reproduction.rated_sentences import NAMED, SOURCE, read_sentences, write_classes
from reproduction.runs import make_run
from reproduction.sections import describe_command, explain_failures, save_section, section_options
from reproduction.tutorials import FIRST_SEED

_NAME = "several-classes"
_INTRODUCTION = f"""## Several classes

The rated sentences of Hutto and Gilbert (2014): tweets, and sentences of film reviews, product reviews and
editorials, each rated from -4 to 4 by twenty people or more, as the sdist of PyPI's `{SOURCE}` carries them. A
class is the mean rating's nearest whole number: of three classes its sign, of five itself, from -2 to 2. The test
part is about a tenth of the articles, product reviews, tweets and film sentences, so that an article is never in
both parts; it was judged once, at the end. The baseline is `lstm-compare`'s."""


@dataclass(frozen=True)
class Contender:
    """A model that is trained on the sentences.

    Attributes:
        model: the configuration's name.
        settings: what is changed of it, its own name among them.
    """

    model: str
    settings: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The command that trains it on something."""
        return ["lstm-train", "--model", self.model, *(word for item in self.settings for word in ("--set", item))]


CONTENDERS = (
    Contender("gru"),
    Contender(
        "lstm",
        (
            "name=two-way-lstm",
            "data.num_words=10000",
            "data.maxlen=40",
            "model.embedding.output_dim=64",
            "model.recurrent=[{cell: lstm, units: 64, bidirectional: true}]",
            "model.pooling=max",
            "model.dropout=0.5",
            "training.optimizer={name: adam, learning_rate: 0.001}",
            "training.epochs=20",
        ),
    ),
    Contender("ngram-lstm"),
)


@click.command()
@click.argument("sdist", type=click.Path(path_type=Path))
@click.option("--task", "tasks", multiple=True, type=click.Choice([*NAMED]), help="Only this.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Of each model, from 42 on."
)
@section_options(_NAME)
def main(
    *, sdist: Path, tasks: tuple[str, ...], seeds: int, root: Path, output: Path, overrides: tuple[str, ...]
) -> None:
    """Train on the sentences in SDIST, the unpacked sdist of vaderSentiment, and write a section of the results.

    Called again it goes on, and keeps the runs that are finished.
    """
    sentences = read_sentences(sdist)
    tables = {}
    with explain_failures():
        for task in tasks or NAMED:
            write_classes(sentences, task=task, folder=root / task / "data")
            paths = [
                _train(contender, seed=seed, folder=root / task, overrides=overrides)
                for contender in CONTENDERS
                for seed in range(FIRST_SEED, FIRST_SEED + seeds)
            ]
            (tables[task],) = build_tables(
                [load_run(path) for path in paths],
                with_baseline=True,
                report=lambda line: click.echo(line, err=True),
            )
        words = [SOURCE.replace("==", "-"), *(word for task in tasks for word in ("--task", task))]
        words += [] if seeds == 3 else ["--seeds", str(seeds)]
        text = format_section(tables, command=describe_command("several_classes", words, overrides=overrides))
    save_section(text, name=_NAME, output=output)


def _train(contender: Contender, *, seed: int, folder: Path, overrides: tuple[str, ...]) -> Path:
    click.echo(f"{folder.name} classes: {contender.model}, seed {seed} …", err=True)
    settings = (f"data.dataset={(folder / 'data').resolve()}", *contender.settings, *overrides)
    return make_run(contender.model, seed=seed, root=folder, parts=(), overrides=settings).path


def format_section(tables: Mapping[str, Table], *, command: str) -> str:
    """Return the section: for each task what every model does on the test part, and the paired tests.

    Args:
        tables: by the task's name, each of one data set.
        command: what writes the section again.
    """
    models = ", ".join(f"`{shlex.join(contender.words)}`" for contender in CONTENDERS)
    parts = [_INTRODUCTION, f"Written by `{command}`. The models are those of {models}."]
    for task, table in tables.items():
        names = load_classifier(table.rows[0].runs[0].run.best_model).classes.names
        sizes = ", ".join(f"{size:,} {part}" for part, size in table.reviews.items())
        header = ("model", "seeds", "weights", "accuracy", "macro F1", "mean absolute error", "within one step")
        rows = list(_iter_rows(table, names=names))
        is_rated = any(cells[-1] for cells in rows)
        columns = len(header) if is_rated else len(header) - 2
        parts += [
            f"### {task.capitalize()} classes",
            f"{', '.join(names)}; sentences: {sizes}. "
            f"The largest class has {table.largest_class_share:.1%} of the test part.",
            format_table(header[:columns], [cells[:columns] for cells in rows], numbers=range(1, columns)),
            _format_tests(table),
        ]
    return "\n\n".join(part for part in parts if part)


def _iter_rows(table: Table, *, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for row in table.rows:
        judged = [item.judgement for item in row.runs if item.judgement]
        yield (row.label, str(len(row.runs)), f"{row.parameters:,}", *_format_figures(judged, names=names))
    if table.baseline:
        baseline = table.baseline
        figures = _format_figures([baseline.judgement], names=names)
        yield (NAME, "1", f"{baseline.parameters:,}", *figures)


def _format_figures(judged: Sequence[Judgement], *, names: Sequence[str]) -> tuple[str, ...]:
    ratings = [score_ratings(item.labels, item.predicted, classes=names) for item in judged]
    scores = [item for item in ratings if isinstance(item, RatingScores)]
    return (
        format_spread([item.accuracy for item in judged]),
        format_spread([item.macro_f1 for item in judged]),
        format_spread([item.mean_absolute_error for item in scores]) if scores else "",
        format_spread([item.within_one_step for item in scores]) if scores else "",
    )


def _format_tests(table: Table) -> str:
    header = ("first", "second", "only first right", "only second right", "McNemar's p (Holm)")
    rows = [
        (
            test.first,
            test.second,
            f"{test.result.only_first_right:,}",
            f"{test.result.only_second_right:,}",
            "<0.0001" if test.p_holm < 0.0001 else f"{test.p_holm:.4f}",
        )
        for test in table.tests
    ]
    return format_table(header, rows, numbers={2, 3, 4}) if rows else ""


if __name__ == "__main__":
    main()
