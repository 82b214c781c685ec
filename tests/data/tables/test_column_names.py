"""Names of columns in many languages and spellings are known, the better ones before the others."""

from __future__ import annotations

import pytest

from lstm_cli.data.tables.column_names import LABEL_RANKS, TEXT_RANKS, is_column_name, rank_name, split_name


@pytest.mark.parametrize(
    ("name", "words"),
    [("reviewText", ["review", "text"]), ("Review Text", ["review", "text"]), ("review_text", ["review", "text"]),
     ("TEXT", ["text"]), ("star2Rating", ["star2", "rating"]), ("ＴＥＸＴ", ["text"]),
     ("Groß-Text", ["gross", "text"]), ("", []), ("--", [])],
)  # fmt: skip
def test_a_name_is_parted_at_humps_and_signs(name, words):
    assert split_name(name) == words


@pytest.mark.parametrize(
    "better_first",
    [["text", "review", "comment", "title"], ["text", "Review", "tweet_text", "text_id"],
     ["review", "movie review", "review date"]],
)  # fmt: skip
def test_a_known_name_comes_before_one_that_ends_so_and_that_before_one_that_begins_so(better_first):
    ranks = [rank_name(name, TEXT_RANKS) for name in better_first]
    assert None not in ranks
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("name", "ranks", "is_known"),
    [("airline_sentiment", LABEL_RANKS, True), ("airline_sentiment_confidence", LABEL_RANKS, False),
     ("Kritik", TEXT_RANKS, True), ("Crítica", TEXT_RANKS, True),
     ("отзыв", TEXT_RANKS, True), ("Тональность", LABEL_RANKS, True), ("opinion_text", TEXT_RANKS, True),
     ("my_whole_text", TEXT_RANKS, True), ("text_of_mine", TEXT_RANKS, True), ("my_text_id", TEXT_RANKS, False),
     ("id", TEXT_RANKS, False), ("", LABEL_RANKS, False), ("texture", TEXT_RANKS, False)],
)  # fmt: skip
def test_the_last_word_counts_and_the_first_but_none_between(name, ranks, is_known):
    assert (rank_name(name, ranks) is not None) is is_known


def test_a_columns_name_is_what_people_call_texts_or_labels_as_it_stands():
    assert all(map(is_column_name, ["Text", " label ", "评论", "STARS"]))
    assert not any(map(is_column_name, ["review text", "id", "my label"]))
