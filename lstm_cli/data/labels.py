"""Labels as files spell them → classes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.errors import ConfigError

MOST_CLASSES = 1_000
"""Of a data set; more distinct labels are no classes but a column of something else."""

# What pandas takes for a missing value, and so writes again as one.
_MISSING = frozenset([
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "NaT", "None", "n/a", "nan", "null",
])  # fmt: skip
_PAIRS = (
    ("0", "1"),
    ("-1", "1"),
    ("0", "4"),
    ("1", "2"),
    ("neg", "pos"),
    ("negative", "positive"),
    ("no", "yes"),
    ("false", "true"),
    ("👎", "👍"),
)
_WORDS = {word: place for pair in _PAIRS for place, word in enumerate(pair) if not word.lstrip("-").isdecimal()}
_DECIMAL_COMMA = re.compile(r"([-+−]?\d{1,40}),(\d{1,2})")  # a thousand is no label
_NUMBER = re.compile(r"[-+−]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})")
# A colour of skin, and what asks for a picture in place of a sign.
_VARIATIONS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]")

USUAL_LABELS = frozenset(_WORDS) | frozenset([
    "-2", "-1", "0", "1", "2", "3", "4", "5", "neutral", "neu", "mixed", "good", "bad", "ham", "spam", "joy",
    "sadness", "anger", "fear", "love", "surprise", "happy", "sad", "angry",
])  # fmt: skip
"""What labels are written as most."""


def is_missing(value: object) -> bool:
    """Return whether a table's value stands for none: nothing, blanks, or what pandas writes there."""
    if isinstance(value, str):
        return value.strip() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def fold_label(label: object) -> str:
    """Return a label in the one spelling of its kind: `1` for ` 1.0` and `1,0`, `pos` for `Pos`."""
    text = unicodedata.normalize("NFKC", str(label)).strip().casefold()
    if found := _DECIMAL_COMMA.fullmatch(text):
        text = ".".join(found.groups())
    if _NUMBER.fullmatch(text):
        number = Decimal(text.replace("−", "-"))
        return str(int(number)) if number == int(number) else str(number.normalize())
    return _VARIATIONS.sub("", text)


def find_classes(counts: Mapping[str, int]) -> Classes:
    """Return the classes of a file that holds these labels.

    Args:
        counts: how often each label stands there, in any spelling, in the order of their first appearance.
    """
    folded: dict[str, dict[str, int]] = {}
    for label, count in counts.items():
        spellings = folded.setdefault(fold_label(label), {})
        spellings[label.strip()] = spellings.get(label.strip(), 0) + count
    if folded.keys() <= SENTIMENT.spellings.keys():
        return _complete(SENTIMENT.spellings)
    for pair in _PAIRS:
        if folded.keys() == set(pair):
            return _complete({label: place for place, label in enumerate(pair)})
    # The spelling that most rows have names the class; a number has one spelling anyway.
    names = {
        label: label if _NUMBER.fullmatch(label) else max(spellings, key=spellings.__getitem__)
        for label, spellings in folded.items()
    }
    order = sorted(folded, key=Decimal if all(map(_NUMBER.fullmatch, folded)) else None)
    return Classes(tuple(names[label] for label in order), {label: place for place, label in enumerate(order)})


def find_common_classes(counts: Sequence[Mapping[str, int]]) -> Classes:
    """Return the classes of several files that are one data set.

    Where each has a usual pair, spelled in whatever way, they are negative and positive; unless a label would mean
    different things, as a number of two pairs does.

    Args:
        counts: as for `find_classes`, of each file.
    """
    found = [find_classes(of_file) for of_file in counts if of_file]
    meant = [
        (fold_label(label), classes.spellings[fold_label(label)])
        for of_file, classes in zip(filter(None, counts), found, strict=True)
        for label in of_file
    ]
    spellings = dict(meant)
    numbers = {label for label in spellings if _NUMBER.fullmatch(label)}
    is_clear = all(spellings[label] == place for label, place in meant) and any(
        numbers <= set(pair) for pair in _PAIRS
    )
    if len(found) > 1 and is_clear and all(classes.names == SENTIMENT.names for classes in found):
        return _complete(spellings)
    total: dict[str, int] = {}
    for of_file in counts:
        for label, count in of_file.items():
            total[label] = total.get(label, 0) + count
    return find_classes(total)


def group_classes(groups: Mapping[str, tuple[str, ...]]) -> Classes:
    """Return the classes that the user has made of labels.

    Args:
        groups: a class' name → the labels of it.

    Raises:
        ConfigError: a label stands in two classes.
    """
    spellings: dict[str, int] = {}
    for place, labels in enumerate(groups.values()):
        for label in labels:
            if spellings.setdefault(fold_label(label), place) != place:
                raise ConfigError(f"--classes (data.classes): the label {label!r} stands in two classes.")
    return Classes(tuple(groups), spellings)


def find_class(label: object, classes: Classes) -> int | None:
    """Return the place of a label's class; None where it is of none."""
    return classes.spellings.get(fold_label(label))


def _complete(spellings: Mapping[str, int]) -> Classes:
    """Return negative and positive, known by their usual words too, and by 0 and 1 where by no other number."""
    numbers = {} if any(map(_NUMBER.fullmatch, spellings)) else SENTIMENT.spellings
    return Classes(SENTIMENT.names, {**_WORDS, **numbers, **spellings})
