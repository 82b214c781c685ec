"""`python -m reproduction.grouped_folds`: cross-validation on IMDB, each film in one fold; docs/results.md.

Random parts have reviews of the same films in them, and what is learnt of a film flatters
(`lstm_cli/text/ngrams/groups.py`). The folds are of groups that the reviews' own rare words show, and all that a
model learns, of n-grams too, it learns from the other folds.
"""

from __future__ import annotations

import csv
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import click

from lstm_cli.classes import SENTIMENT
from lstm_cli.data.sources import load_corpus
from lstm_cli.errors import LstmCliError
from lstm_cli.text.ngrams.groups import find_groups
from lstm_cli.text.ngrams.tokens import build_token_texts
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns
from lstm_cli.whole_file import write_text_whole, write_whole
from reproduction.page import format_spread, format_table, insert_tables
from reproduction.runs import Run, make_run
from reproduction.tutorials import FIRST_SEED

_DOCS = Path(__file__).parent.parent / "docs"
_MARKS = ("<!-- grouped-folds:start -->", "<!-- grouped-folds:end -->")
_MODELS = ("gru", "ngram-lstm")


@click.command()
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option(
    "--runs", "root", type=click.Path(path_type=Path), default=Path("runs/grouped-folds"), show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path), default=_DOCS, help="Folder to write to.  [default: docs]"
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting: a rehearsal.")
def main(*, folds: int, root: Path, output: Path, overrides: tuple[str, ...]) -> None:
    """Train on all folds but one, judge on that one, and write a section of the results.

    Called again it goes on, and keeps the runs that are finished.
    """
    reviews = root / "reviews.csv"
    try:
        films = write_grouped(reviews)
        runs = {model: _train(model, reviews, folds=folds, root=root, overrides=overrides) for model in _MODELS}
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{error} Called again, this goes on where it stopped.") from error
    except LstmCliError as error:
        raise click.ClickException(str(error)) from error
    page = output / "results.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    command = ["python", "-m", "reproduction.grouped_folds", *([] if folds == 5 else ["--folds", str(folds)])]
    command += [word for override in overrides for word in ("--set", override)]
    text = format_section(runs, films=films, command=shlex.join(command))
    write_text_whole(page, insert_tables(before, text, marks=_MARKS))
    click.echo(f"Written: {page}", err=True)


def write_grouped(path: Path) -> int:
    """Write the 25,000 reviews with the group that each is of; return how many groups there are."""
    tokenizer = WordsAndSigns()
    reviews = tuple(load_corpus("imdb").reviews)
    groups = find_groups(build_token_texts([tokenizer.split(review.text) for review in reviews])).tolist()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "film"])
        for review, group in zip(reviews, groups, strict=True):
            writer.writerow([review.text, SENTIMENT.names[review.label], group])
    return len(set(groups))


def _train(model: str, reviews: Path, *, folds: int, root: Path, overrides: tuple[str, ...]) -> list[Run]:
    runs = []
    for fold in range(1, folds + 1):
        click.echo(f"{model}, fold {fold} of {folds} …", err=True)
        settings = [f"data.dataset={reviews.resolve()}", "data.group=film", f"data.folds={folds}"]
        settings += [f"data.fold={fold}", *overrides]
        path = root / f"fold-{fold}"
        runs.append(make_run(model, seed=FIRST_SEED, root=path, parts=("test",), overrides=tuple(settings)))
    return runs


def format_section(runs: Mapping[str, Sequence[Run]], *, films: int, command: str) -> str:
    """Return the section: the accuracy of every model on every fold.

    Args:
        runs: by the model, in the order of the folds.
        films: how many groups there are.
        command: what writes the section again.
    """
    folds = len(next(iter(runs.values())))
    accuracies = {model: [run.judged["test"]["accuracy"] for run in of_folds] for model, of_folds in runs.items()}
    header = ("model", *(f"fold {fold + 1}" for fold in range(folds)), "mean", "loss", "seconds to train")
    rows = [
        (
            f"`{model}`",
            *(f"{figure:.4f}" for figure in of_folds),
            format_spread(of_folds),
            format_spread([run.judged["test"]["loss"] for run in runs[model]]),
            f"{fmean(run.seconds for run in runs[model]):.0f}",
        )
        for model, of_folds in accuracies.items()
    ]
    return "\n\n".join(
        [
            "## Films apart",
            f"IMDB's reviews in {folds} folds of whole groups, {films:,} of them: reviews that share rare words "
            "speak of one film, and stand in one fold. Each figure is of a fold on which nothing was learnt "
            f"and nothing chosen. Written by `{command}`.",
            format_table(header, rows, numbers=range(1, len(header))),
        ]
    )


if __name__ == "__main__":
    main()
