"""Which settings suit a data set better than those it has, and what is odd about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from lstm_cli.data.encoding import Dataset, count_classes
from lstm_cli.text.padding import Side
from lstm_cli.text.scripts import WITHOUT_SPACES, find_script
from lstm_cli.text.vocabulary import SpecialIndices

if TYPE_CHECKING:
    from lstm_cli.config import DataConfig
    from lstm_cli.data.inspection import Inspection

_MOSTLY = 0.5
_FREQUENT = 200  # words: texts without spaces have fewer different ones than those that are quoted in them
_LARGEST_MAXLEN = 1_000  # that is suggested: an epoch takes as many steps a review
_MOST_UNKNOWN, _FEW_UNKNOWN = 0.15, 0.1  # of the words of the training part
_MANY_FEELINGS = 0.1
_OF_LETTERS = frozenset(["words", "words-and-signs", "characters", "auto"])
_LARGEST_SHARE, _LARGEST_RATIO = 0.8, 10  # of the largest class; of it to the smallest


@dataclass(frozen=True)
class Suggestion:
    """A setting that suits a data set better than the one it has.

    Attributes:
        setting: as `--set` takes it.
        reason: what it helps against.
    """

    setting: str
    reason: str


def suggest_settings(inspection: Inspection, config: DataConfig) -> list[Suggestion]:
    """Return the settings that suit a data set better than those it has."""
    suggestions = [
        _suggest_maxlen(inspection, config),
        _suggest_num_words(inspection, config),
        _suggest_tokenizer(inspection, config),
        _suggest_class_weight(inspection),
    ]
    return [item for item in suggestions if item]


def _suggest_maxlen(inspection: Inspection, config: DataConfig) -> Suggestion | None:
    cut = inspection.cut / inspection.reviews
    if cut <= _MOSTLY:
        return None
    maxlen = _round_maxlen(int(np.quantile(inspection.lengths, 0.95)), truncating=config.truncating)
    then = float((inspection.lengths > maxlen - (config.maxlen - inspection.readable)).mean())
    reason = f"{cut:.0%} of the reviews are cut, with this {then:.0%}"
    return Suggestion(f"data.maxlen={maxlen}", reason) if maxlen > config.maxlen else None


def _suggest_num_words(inspection: Inspection, config: DataConfig) -> Suggestion | None:
    """Return a vocabulary that knows 9 words in 10, of words that are met more than once."""
    counts = inspection.word_counts
    shares = np.cumsum(counts) / max(1, counts.sum())

    def compute_unknown(num_words: int) -> float:
        known = min(num_words - SpecialIndices.first_word, len(shares))
        return 1.0 - float(shares[known - 1]) if known else 1.0

    unknown = compute_unknown(config.num_words)
    if unknown <= _MOST_UNKNOWN:
        return None
    enough = min(int(np.searchsorted(shares, 1 - _FEW_UNKNOWN)) + 1, int((counts > 1).sum()))
    num_words = _round_up(enough + SpecialIndices.first_word)
    if num_words <= config.num_words:
        return None
    reason = f"{unknown:.0%} of the words are unknown, with this {compute_unknown(num_words):.0%}"
    return Suggestion(f"data.num_words={num_words}", reason)


def _suggest_tokenizer(inspection: Inspection, config: DataConfig) -> Suggestion | None:
    if config.tokenizer != "words" or inspection.feelings < _MANY_FEELINGS:
        return None
    share = f"about {inspection.feelings:.0%} of the reviews"
    reason = f"{share} have emoticons or marks such as 8/10, with this words of their own"
    return Suggestion("data.tokenizer=words-and-signs", reason)


def _suggest_class_weight(inspection: Inspection) -> Suggestion | None:
    uneven = describe_unevenness(inspection.classes)
    reason = f"{uneven}, with this all classes count alike"
    return Suggestion("training.class_weight=balanced", reason) if uneven else None


def describe_oddities(dataset: Dataset) -> list[str]:
    """Return up to two lines on what is odd about an encoded data set, each with the setting that helps.

    They tell of copies and contradictions, and of very uneven classes.
    """
    parts = (dataset.train, dataset.validation, dataset.test)
    copies, contradicting = dataset.repeats.duplicates, dataset.repeats.contradictions
    repeated = []
    if copies:
        repeated.append(f"{copies:,} {'review repeats' if copies == 1 else 'reviews repeat'} the text of another")
    if contradicting:
        repeated.append(
            f"{contradicting:,} {'text has' if contradicting == 1 else 'texts have'} more than one label"
        )
    lines = [f"{', '.join(repeated)}; lstm-data shows where"] if repeated else []
    counts = sum((Counter(count_classes(part, dataset.classes)) for part in parts), Counter())
    if uneven := describe_unevenness({name: counts[name] for name in dataset.classes.names}):
        lines.append(f"{uneven}; --set training.class_weight=balanced evens that out")
    return lines


def describe_unevenness(counts: Mapping[str, int]) -> str:
    """Return how much larger the largest class is, where that is very much; empty where it is not.

    Args:
        counts: reviews of each class, by its name.
    """
    present = {name: count for name, count in counts.items() if count}
    largest, smallest = max(present, key=present.__getitem__), min(present, key=present.__getitem__)
    share = present[largest] / sum(present.values())
    if share > _LARGEST_SHARE:
        return f"{share:.0%} of the reviews are {largest}"
    ratio = present[largest] / present[smallest]
    return f"{largest} has {ratio:.0f} times as many reviews as {smallest}" if ratio > _LARGEST_RATIO else ""


def describe_letters(script: str, *, tokenizer: str) -> str:
    """Return what a tokenizer does with a script in which nothing stands between two words; else nothing.

    Args:
        script: as `find_script` names it.
        tokenizer: its name.
    """
    are_words = script in WITHOUT_SPACES and tokenizer in _OF_LETTERS
    return f"each letter of {script} counts as a word" if are_words else ""


def describe_lengths(dataset: Dataset) -> list[str]:
    """Return a line where most reviews are cut, with the setting that helps, or in a script without spaces."""
    parts = (dataset.train, dataset.validation, dataset.test)
    cut = float(np.concatenate([part.truncated for part in parts]).mean())
    letters = describe_letters(_find_main_script(dataset), tokenizer=dataset.encoder.tokenizer.name)
    maxlen = _round_maxlen(dataset.usual_length, truncating=dataset.encoder.truncating)
    if cut > _MOSTLY and maxlen > dataset.encoder.maxlen:
        because = f" ({letters})" if letters else ""
        return [
            f"{cut:.0%} of the reviews are longer than data.maxlen={dataset.encoder.maxlen}{because}; "
            f"--set data.maxlen={maxlen} keeps more of them"
        ]
    return [letters] if letters else []


def _find_main_script(dataset: Dataset) -> str:
    """Return the script of most of the frequent words with letters."""
    scripts = Counter(filter(None, map(find_script, dataset.encoder.vocabulary.words[:_FREQUENT])))
    script, count = max(scripts.items(), key=itemgetter(1), default=("", 0))
    return script if count > _MOSTLY * scripts.total() else ""


def _round_maxlen(words: int, *, truncating: Side) -> int:
    """Return the next multiple of ten that so many words have room in, at most the largest that is suggested."""
    tokens = words + (truncating == "post")  # the index that starts a review takes a place then
    return min(_LARGEST_MAXLEN, 10 * -(-tokens // 10))


def _round_up(number: int) -> int:
    """Return the next number of one digit and zeros."""
    power = int(10 ** (len(str(number)) - 1))
    return power * -(-number // power)
