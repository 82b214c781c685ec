"""`python -m benchmarks.scoring MODEL.h5`: a file of reviews from prompt to prompt, beside fastText's `predict`.

fastText's classifier is a sum of its words' vectors: what it takes is what reading and splitting a file takes, and
no more. It is left out where it is not installed.
"""

from __future__ import annotations

import csv
import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import click

from benchmarks.prompt import run
from lstm_cli.data.review import Review
from lstm_cli.data.sources import load_corpus

_TRAIN = """
import sys, fasttext
fasttext.train_supervised(sys.argv[1], epoch=1, dim=10, thread=1, verbose=0).save_model(sys.argv[2])
"""
_PREDICT = """
import sys, fasttext
model = fasttext.load_model(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as reviews, open(sys.argv[3], "w", encoding="utf-8") as scored:
    labels, probabilities = model.predict([line.rstrip("\\n") for line in reviews])
    scored.writelines(f"{label[0]} {probability[0]}\\n" for label, probability in zip(labels, probabilities))
"""


@click.command()
@click.argument("model_file", type=click.Path(path_type=Path, exists=True))
@click.option("--reviews", type=click.IntRange(min=1), default=25_000, show_default=True, help="Of imdb.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Of which the median counts."
)
def main(*, model_file: Path, reviews: int, runs: int) -> None:
    """Time lstm-predict on a file of reviews, and fastText on the same, in turn; each in a process of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        commands = {"lstm-predict": _prepare_ours(folder, model_file, load_reviews(reviews))}
        if importlib.util.find_spec("fasttext"):
            commands["fastText"] = _prepare_fasttext(folder, load_reviews(reviews))
        for command in commands.values():
            run(command)  # the first finds nothing in the disk's cache
        rounds = [{name: run(command) for name, command in commands.items()} for _ in range(runs)]
    for name in commands:
        seconds = median(each[name][0] for each in rounds)  # their memory a child of this process cannot tell
        click.echo(f"{name}: {reviews:,} reviews in {seconds:.2f} s")
    if "fastText" in commands:
        ratio = median(each["lstm-predict"][0] / each["fastText"][0] for each in rounds)
        click.echo(f"lstm-predict takes {ratio:.1f} times as long as fastText")
    else:
        click.echo("fastText is not installed: pip install fasttext-community", err=True)


def load_reviews(count: int) -> list[Review]:
    """Return the first of the 25,000 reviews of `imdb`."""
    return list(load_corpus("imdb").reviews)[:count]


def _prepare_ours(folder: Path, model_file: Path, reviews: Sequence[Review]) -> list[str]:
    """Write the file of reviews, and return the command that scores it."""
    source = folder / "reviews.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((number, review.text) for number, review in enumerate(reviews))
    script = Path(sys.executable).with_name("lstm-predict")
    options = ["-f", str(source), "-o", str(folder / "scored.csv"), "--force", "-q"]
    return [str(script), str(model_file), *options]


def _prepare_fasttext(folder: Path, reviews: Sequence[Review]) -> list[str]:
    """Train fastText on the reviews, write them a line each, and return the command that scores them."""
    lines = [" ".join(review.text.split()) for review in reviews]
    labelled, plain, model = folder / "labelled.txt", folder / "plain.txt", folder / "model.bin"
    pairs = zip(reviews, lines, strict=True)
    labelled.write_text("".join(f"__label__{one.label} {line}\n" for one, line in pairs), encoding="utf-8")
    plain.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    run([sys.executable, "-c", _TRAIN, str(labelled), str(model)])
    return [sys.executable, "-c", _PREDICT, str(model), str(plain), str(folder / "fasttext.txt")]


if __name__ == "__main__":
    main()
