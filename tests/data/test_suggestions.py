"""What suits a data set better, and what is odd about it: each where it is so, and never without need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import DataConfig, find_named_config, load_config
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.inspection import inspect_corpus
from lstm_cli.data.review import Review
from lstm_cli.data.sources import load_corpus
from lstm_cli.data.suggestions import describe_lengths, describe_oddities, describe_unevenness, suggest_settings

CASES = Path(__file__).parent / "cases"


def list_suggestions(texts: list[str], labels: list[int], *settings: tuple[str, object]) -> list[str]:
    config = DataConfig(**dict(settings))
    reviews = tuple(Review(text, label) for text, label in zip(texts, labels, strict=True))
    inspection = inspect_corpus(Corpus("made", "0" * 64, reviews), config)
    return [item.setting for item in suggest_settings(inspection, config)]


@pytest.mark.parametrize(
    ("lengths", "labels", "expected"),
    [
        ([90] * 10, [0, 1] * 5, []),
        ([110] * 4 + [90] * 6, [0, 1] * 5, []),
        ([212] * 20, [0, 1] * 10, ["data.maxlen=220"]),
        ([220] * 20, [0, 1] * 10, ["data.maxlen=220"]),
        ([5_000] * 20, [0, 1] * 10, ["data.maxlen=1000"]),
        ([9] * 20, [0] * 18 + [1] * 2, ["training.class_weight=balanced"]),
    ],
)
def test_what_suits_better_is_suggested(lengths: list[int], labels: list[int], expected: list[str]) -> None:
    texts = [f"{number} " + "word " * (length - 1) for number, length in enumerate(lengths)]
    assert list_suggestions(texts, labels) == expected


def test_a_place_is_left_for_the_index_that_starts_a_review() -> None:
    texts = [f"{number} " + "word " * 219 for number in range(20)]
    assert list_suggestions(texts, [0, 1] * 10, ("truncating", "post")) == ["data.maxlen=230"]


def test_a_maxlen_beyond_the_largest_that_is_suggested_stays() -> None:
    texts = [f"{number} " + "word " * 3_000 for number in range(20)]
    assert list_suggestions(texts, [0, 1] * 10, ("maxlen", 2_000)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [(400, []), (1_000, ["data.num_words=900"]), (1_500, ["data.num_words=2000"])],
)
def test_a_vocabulary_that_knows_nine_words_in_ten_is_suggested(words: int, expected: list[str]) -> None:
    """Of words that are all as frequent; the number is rounded up to one digit."""
    texts = [" ".join(f"w{(number * 50 + place) % words}" for place in range(50)) for number in range(400)]
    texts = [f"{text} n{number}" for number, text in enumerate(texts)]
    assert list_suggestions(texts, [0, 1] * 200) == expected


@pytest.mark.parametrize(
    ("words", "num_words", "expected"),
    [(12, 14, []), (13, 14, ["data.num_words=20"]), (8, 5, ["data.num_words=20"]), (6, 5, ["data.num_words=9"])],
)
def test_what_is_unknown_is_counted_to_the_word(words: int, num_words: int, expected: list[str]) -> None:
    """Words that are all as frequent: one unknown in twelve is few, two in thirteen are too many."""
    texts = [" ".join(f"w{(number + place) % words}" for place in range(words)) for number in range(40)]
    assert list_suggestions(texts, [0, 1] * 20, ("num_words", num_words)) == expected


def test_words_that_are_met_once_are_not_worth_knowing() -> None:
    texts = [" ".join(f"w{number}x{place}" for place in range(50)) for number in range(100)]
    assert list_suggestions(texts, [0, 1] * 50) == []


def test_a_tokenizer_that_knows_emoticons_is_suggested_where_there_are_some() -> None:
    texts = [f"film {number} {':)' if number % 5 == 0 else ''}" for number in range(100)]
    assert list_suggestions(texts, [0, 1] * 50) == ["data.tokenizer=words-and-signs"]
    assert list_suggestions(texts, [0, 1] * 50, ("tokenizer", "words-and-signs")) == []
    assert list_suggestions([text.replace(":)", "!") for text in texts], [0, 1] * 50) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"negative": 50, "positive": 50}, ""),
        ({"negative": 80, "positive": 20}, ""),
        ({"negative": 81, "positive": 19}, "81% of the reviews are negative"),
        ({"1": 10, "2": 9, "3": 0, "4": 60, "5": 100}, "5 has 11 times as many reviews as 2"),
        ({"1": 10, "2": 20, "3": 30, "4": 60, "5": 100}, ""),
        ({"1": 10, "2": 30, "3": 30, "4": 60, "5": 101}, "5 has 10 times as many reviews as 1"),
    ],
)
def test_classes_are_very_uneven_or_they_are_not(counts: dict[str, int], expected: str) -> None:
    assert describe_unevenness(counts) == expected


@pytest.mark.hypothesis
@given(
    texts=st.lists(st.text("ab :)!8/10这\u0e01", max_size=400), min_size=1, max_size=30),
    maxlen=st.integers(1, 60),
    truncating=st.sampled_from(["pre", "post"]),
    num_words=st.integers(4, 9),
)
def test_every_suggestion_is_a_setting_and_followed_makes_itself_needless(
    texts: list[str], maxlen: int, truncating: str, num_words: int
) -> None:
    reviews = tuple(Review(text, number % 2) for number, text in enumerate(texts))
    corpus = Corpus("made", "0" * 64, reviews)
    config = DataConfig(maxlen=maxlen, truncating=truncating, num_words=num_words)
    suggested = [item.setting for item in suggest_settings(inspect_corpus(corpus, config), config)]
    followed = load_config(
        find_named_config("gru"),
        overrides=[f"data.{key}={getattr(config, key)}" for key in ("maxlen", "truncating", "num_words")]
        + suggested,
    )
    again = [item.setting for item in suggest_settings(inspect_corpus(corpus, followed.data), followed.data)]
    assert not {setting.partition("=")[0] for setting in again} & {
        setting.partition("=")[0] for setting in suggested if setting.startswith("data.")
    }


@pytest.fixture
def describe(tmp_path: Path) -> Callable[..., list[str]]:
    """A function: rows of a CSV file, and settings → what is odd about it once it is encoded."""

    def write(rows: list[tuple[str, int]], **settings: object) -> list[str]:
        path = tmp_path / "a.csv"
        path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
        dataset = load_dataset(DataConfig(dataset=str(path), **settings))
        return describe_oddities(dataset) + describe_lengths(dataset)

    return write


def test_an_encoded_data_set_tells_the_same(describe: Callable[..., list[str]]) -> None:
    """Without another walk: copies, contradictions, uneven classes, reviews that are cut; in three lines."""
    rows = [(f"text number {number} {'with more ' * 60}", int(number % 10 == 0)) for number in range(60)]
    assert describe([*rows, rows[0], (rows[1][0], 1)]) == [
        "2 reviews repeat the text of another, 1 text has more than one label; lstm-data shows where",
        "87% of the reviews are negative; --set training.class_weight=balanced evens that out",
        "100% of the reviews are longer than data.maxlen=100; --set data.maxlen=130 keeps more of them",
    ]


@pytest.mark.parametrize(("rows", "expected"), [(["a  b", "a b", "a b "], []), (["a b", "a c", "a b"], [1])])
def test_copies_are_those_that_lstm_data_counts(
    describe: Callable[..., list[str]], tmp_path: Path, rows: list[str], expected: list[int]
) -> None:
    """Rows whose text stood in an earlier one, to the last blank; also of those that the splits leave out."""
    texts = [(text, number % 2) for number, text in enumerate([*rows, *(f"text {n}" for n in range(60))])]
    for settings in ({}, {"limit": 40}):
        told = [int(line.partition(" ")[0]) for line in describe(texts, **settings) if "text of another" in line]
        corpus = load_corpus(str(tmp_path / "a.csv"))
        assert told == expected
        assert inspect_corpus(corpus, DataConfig()).duplicates.count == sum(expected)


def test_it_tells_the_same_from_the_cache(describe: Callable[..., list[str]]) -> None:
    rows = [(f"text {number} {'more ' * 120}", number % 2) for number in range(60)]
    assert describe(rows) == describe(rows) != []


def test_a_script_without_spaces_is_told_and_why_so_much_is_cut(describe: Callable[..., list[str]]) -> None:
    rows = [(f"{number}这家店很好吃，服务也不错", number % 2) for number in range(40)]
    assert describe(rows) == ["each letter of Han counts as a word"]
    assert describe(rows, maxlen=5) == [
        "100% of the reviews are longer than data.maxlen=5 (each letter of Han counts as a word); "
        "--set data.maxlen=20 keeps more of them"
    ]


def test_following_the_line_ends_it(describe: Callable[..., list[str]]) -> None:
    rows = [(f"text {number} {'more ' * 128}", number % 2) for number in range(60)]
    for truncating, maxlen in (("pre", 130), ("post", 140)):
        [line] = describe(rows, truncating=truncating)
        assert f"--set data.maxlen={maxlen} keeps" in line
        assert describe(rows, truncating=truncating, maxlen=maxlen) == []


def test_nothing_odd_is_said_of_what_is_even() -> None:
    dataset = load_dataset(DataConfig(dataset=str(CASES / "reviews.csv.gz")))
    assert describe_oddities(dataset) == describe_lengths(dataset) == []
