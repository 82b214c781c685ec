"""`python -m reproduction.grouped_folds`: cross-validation on IMDB, each film in one fold; docs/results.md.

Random parts have reviews of the same films in them, and what is learnt of a film flatters
(`lstm_cli/text/ngrams/groups.py`). The folds are of groups that the reviews' own rare words show, and all that a
model learns, of n-grams too, it learns from the other folds.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import click

from lstm_cli.classes import SENTIMENT
from lstm_cli.data.sources import load_corpus
from lstm_cli.text.ngrams.groups import find_groups
from lstm_cli.text.ngrams.tokens import build_token_texts
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns
from lstm_cli.whole_file import write_whole
from reproduction.page import format_spread, format_table
from reproduction.runs import Run, make_run
from reproduction.sections import describe_command, explain_failures, save_section, section_options
from reproduction.tutorials import FIRST_SEED

_NAME = "grouped-folds"
_ALL = "data.validation_split=0"


@dataclass(frozen=True)
class Contender:
    """What is trained on every fold's other folds.

    Attributes:
        model: the configuration's name.
        settings: what is changed of it.
        title: what that makes of it, for the table.
    """

    model: str
    settings: tuple[str, ...] = ()
    title: str = ""

    @property
    def folder(self) -> str:
        """Where its folds lie below the folder of all."""
        return self.title.replace(" ", "-")


CONTENDERS = (Contender("gru"), Contender("ngram-lstm"))
ABLATIONS = (
    Contender("ngram-lstm", (_ALL,), "nothing validated"),
    Contender("ngram-lstm", (_ALL, "model.recurrent.0.cell=gru"), "GRU in place of the LSTM"),
    Contender("ngram-lstm", (_ALL, "model.logit_skip=null"), "without the logit"),
    Contender("ngram-lstm", (_ALL, "data.ngrams.channels=[log_ratio]"), "without the weights"),
    Contender("ngram-lstm", (_ALL, "data.ngrams.channels=[weight]"), "without the log ratios"),
    Contender(
        "ngram-lstm",
        (_ALL, "training.epochs=1", "training.optimizer.learning_rate.warmup_target=0.004"),
        "one epoch at twice the rate",
    ),
)
ENSEMBLE = Contender("ngram-lstm", (_ALL, "training.ensemble=3"), "ensemble of 3")


@click.command()
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option("--ablations", is_flag=True, help="Also what each part is worth: half an hour more.")
@click.option("--ensemble", is_flag=True, help="Also an ensemble of three: half an hour more.")
@section_options(_NAME)
def main(
    *, folds: int, ablations: bool, ensemble: bool, root: Path, output: Path, overrides: tuple[str, ...]
) -> None:
    """Train on all folds but one, judge on that one, and write a section of the results.

    Called again it goes on, and keeps the runs that are finished.
    """
    contenders = [*CONTENDERS, *(ABLATIONS if ablations else ()), *([ENSEMBLE] if ensemble else [])]
    reviews = root / "reviews.csv"
    with explain_failures():
        films = write_grouped(reviews)
        runs = {
            contender: _train(contender, reviews, folds=folds, root=root, overrides=overrides)
            for contender in contenders
        }
    words = [*([] if folds == 5 else ["--folds", str(folds)]), *(["--ablations"] if ablations else [])]
    words += ["--ensemble"] if ensemble else []
    command = describe_command("grouped_folds", words, overrides=overrides)
    save_section(format_section(runs, films=films, command=command), name=_NAME, output=output)


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


def _train(
    contender: Contender, reviews: Path, *, folds: int, root: Path, overrides: tuple[str, ...]
) -> list[Run]:
    runs = []
    for fold in range(1, folds + 1):
        click.echo(f"{contender.model} {contender.title}, fold {fold} of {folds} …", err=True)
        settings = [f"data.dataset={reviews.resolve()}", "data.group=film", f"data.folds={folds}"]
        settings += [f"data.fold={fold}", *contender.settings, *overrides]
        path = root / contender.folder / f"fold-{fold}"
        runs.append(
            make_run(contender.model, seed=FIRST_SEED, root=path, parts=("test",), overrides=tuple(settings))
        )
    return runs


def format_section(runs: Mapping[Contender, Sequence[Run]], *, films: int, command: str) -> str:
    """Return the section: the accuracy of every model on every fold.

    Args:
        runs: by what is trained, in the order of the folds.
        films: how many groups there are.
        command: what writes the section again.
    """
    folds = len(next(iter(runs.values())))
    header = (
        "model", "to train", *(f"fold {fold + 1}" for fold in range(folds)), "mean", "loss", "seconds to train"
    )  # fmt: skip
    rows = []
    for contender, of_folds in runs.items():
        accuracies = [run.judged["test"]["accuracy"] for run in of_folds]
        rows.append(
            (
                f"`{contender.model}`{', ' * bool(contender.title)}{contender.title}",
                f"{fmean(run.record.reviews['train'] for run in of_folds):,.0f}",
                *(f"{figure:.4f}" for figure in accuracies),
                format_spread(accuracies),
                format_spread([run.judged["test"]["loss"] for run in of_folds]),
                f"{fmean(run.seconds for run in of_folds):.0f}",
            )
        )
    return "\n\n".join(
        [
            "## Films apart",
            f"IMDB's reviews in {folds} folds of whole groups, {films:,} of them: reviews that share rare words "
            "speak of one film, and stand in one fold. Each figure is of a fold on which nothing was learnt "
            "and nothing chosen. Where nothing is validated, a quarter more is trained on. "
            f"Written by `{command}`.",
            format_table(header, rows, numbers=range(1, len(header))),
        ]
    )


if __name__ == "__main__":
    main()
