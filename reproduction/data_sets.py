"""`python -m reproduction.data_sets [SDIST] [--languages FOLDER]`: the default model on few reviews and on many.

Whether it is better than the regression on n-grams with which it begins is asked of the very texts: by how many
more of them it answers rightly, over three seeds, and how sure that is. It writes a section of docs/results.md.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from lstm_cli.comparison.runs import load_run
from lstm_cli.comparison.table import Table, build_tables
from lstm_cli.whole_file import write_whole
from reproduction.grouped_folds import write_grouped
from reproduction.languages import TEST_SHARE
from reproduction.page import format_spread, format_table
from reproduction.rated_sentences import NAMED, SOURCE, read_sentences, write_classes
from reproduction.runs import make_run
from reproduction.sections import describe_command, explain_failures, save_section, section_options
from reproduction.tutorials import FIRST_SEED

_NAME = "data-sets"
_SIZES = (200, 1_000, 5_000, 20_000)
_TESTED_FOLD = 5  # one film of so many is in the test part


@dataclass(frozen=True)
class DataSet:
    """Reviews that the default model is trained on.

    Attributes:
        title: what they are.
        settings: that name them.
    """

    title: str
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of the seeds on a data set.

    Attributes:
        accuracies: on the test part, of each seed.
        rival: of the regression alone.
        difference: of the means.
        error: its standard error, over the texts of the test part.
        reviews: of each part.
        classes: how many there are.
    """

    accuracies: tuple[float, ...]
    rival: float
    difference: float
    error: float
    reviews: Mapping[str, int]
    classes: int


@click.command()
@click.argument("sdist", required=False, type=click.Path(path_type=Path))
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Of each, from 42 on.")
@click.option(
    "--languages",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Train on every .csv in the folder too, half of it for the test.",
)
@section_options(_NAME)
def main(
    *, sdist: Path | None, seeds: int, languages: Path | None, root: Path, output: Path, overrides: tuple[str, ...]
) -> None:
    """Train the default model on each data set, and write a section of the results.

    With SDIST, the unpacked sdist of vaderSentiment, on its rated sentences as well. Called again it goes on, and
    keeps the runs that are finished.
    """
    with explain_failures():
        data_sets = [
            *write_reviews(root, sizes=_SIZES),
            *_write_sentences(sdist, root=root),
            *_list_languages(languages),
        ]
        outcomes = {
            data_set.title: _train(data_set, seeds=seeds, root=root, overrides=overrides) for data_set in data_sets
        }
    words = [
        *([SOURCE.replace("==", "-")] if sdist else []),
        *(["--languages", "FOLDER"] if languages else []),
        *([] if seeds == 3 else ["--seeds", str(seeds)]),
    ]
    command = describe_command("data_sets", words, overrides=overrides)
    save_section(format_section(outcomes, command=command), name=_NAME, output=output)


def write_reviews(root: Path, *, sizes: Sequence[int]) -> Iterator[DataSet]:
    """Write IMDB's reviews of one film in five for the test, and of the others so many as each size says.

    Args:
        root: where to.
        sizes: reviews to train and to validate on, as even between the classes as they come.
    """
    grouped = root / "reviews.csv"
    write_grouped(grouped)
    with grouped.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    order = np.random.default_rng(0).permutation(len(rows)).tolist()
    tested = [rows[row] for row in order if int(rows[row]["film"]) % _TESTED_FOLD == 0]
    others = [rows[row] for row in order if int(rows[row]["film"]) % _TESTED_FOLD]
    _write(root / "imdb-test.csv", tested)
    for size in sizes:
        _write(root / f"imdb-{size}.csv", others[:size])
        places = {"dataset": f"imdb-{size}.csv", "test": "imdb-test.csv"}
        settings = tuple(f"data.{key}={(root / name).resolve()}" for key, name in places.items())
        yield DataSet(f"{size:,} reviews of IMDB, other films to test", settings)
    yield DataSet("rotten-tomatoes", ("data.dataset=rotten-tomatoes",))


def _write_sentences(sdist: Path | None, *, root: Path) -> Iterator[DataSet]:
    if sdist is None:
        return
    sentences = read_sentences(sdist)
    for task in NAMED:
        folder = root / f"rated-{task}"
        write_classes(sentences, task=task, folder=folder)
        yield DataSet(f"rated sentences, {task} classes", (f"data.dataset={folder.resolve()}",))


def _list_languages(folder: Path | None) -> Iterator[DataSet]:
    for path in sorted(folder.glob("*.csv")) if folder else ():
        yield DataSet(path.stem, (f"data.dataset={path.resolve()}", f"data.test_split={TEST_SHARE}"))


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with write_whole(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((row["text"], row["label"]) for row in rows)


def _train(data_set: DataSet, *, seeds: int, root: Path, overrides: tuple[str, ...]) -> Outcome:
    paths = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        click.echo(f"{data_set.title}, seed {seed} …", err=True)
        folder = root / data_set.settings[0].rpartition("/")[2].rpartition("=")[2].removesuffix(".csv")
        settings = (*data_set.settings, *overrides)
        paths.append(make_run("ngram-lstm", seed=seed, root=folder, parts=(), overrides=settings).path)
    (table,) = build_tables([load_run(path) for path in paths], with_baseline=True)
    return compare_with_baseline(table)


def compare_with_baseline(table: Table) -> Outcome:
    """Return what a table says of its one model, trained over seeds, beside the baseline."""
    (row,) = table.rows
    judged = [item.judgement for item in row.runs if item.judgement]
    baseline = next(iter(table.baselines.values())).judgement
    gained = np.mean([one.right for one in judged], axis=0) - baseline.right
    return Outcome(
        accuracies=tuple(one.accuracy for one in judged),
        rival=baseline.accuracy,
        difference=float(gained.mean()),
        error=float(gained.std(ddof=1) / np.sqrt(len(gained))),
        reviews=table.reviews,
        classes=int(baseline.labels.max()) + 1,
    )


def format_section(outcomes: Mapping[str, Outcome], *, command: str) -> str:
    """Return the section: what the default model gains on each data set.

    Args:
        outcomes: by the data set's title.
        command: what writes the section again.
    """
    header = ("data", "to train", "classes", "tested on", "n-gram regression", "`lstm-train`", "gained")
    rows = [
        (
            title,
            f"{one.reviews['train']:,}",
            str(one.classes),
            f"{one.reviews['test']:,}",
            f"{one.rival:.4f}",
            format_spread(one.accuracies),
            f"{one.difference:+.4f} ± {one.error:.4f}",
        )
        for title, one in outcomes.items()
    ]
    mean = float(np.mean([one.difference for one in outcomes.values()]))
    lost = [title for title, one in outcomes.items() if one.difference < -2 * one.error]
    verdict = "on none does it lose" if not lost else f"it loses on {', '.join(lost)}"
    return "\n\n".join(
        [
            "## Few reviews and many",
            "Test accuracy of what `lstm-train -d SET` trains, over seeds, beside the regression on n-grams with "
            "which it begins; gained is the mean difference and its standard error over the texts, the pair of "
            f"answers to a text being compared. On average it gains {mean:+.4f}; by more than two standard errors "
            f"{verdict}. Written by `{command}`.",
            format_table(header, rows, numbers=range(1, len(header))),
        ]
    )


if __name__ == "__main__":
    main()
