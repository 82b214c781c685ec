"""`bpe`: pairs are joined in the order in which they were learnt, and only such as can be."""

from __future__ import annotations

import pytest
from tokenized import digest_words

from lstm_cli.text.tokenizers.bpe import BytePairs


def test_the_pair_that_was_learnt_first_is_joined_first() -> None:
    assert BytePairs("und", "abc▁", (("a", "b"), ("b", "c"))).split("abc") == ["▁", "ab", "c"]
    assert BytePairs("und", "abc▁", (("b", "c"), ("a", "b"))).split("abc") == ["▁", "a", "bc"]


def test_what_stands_once_is_not_joined() -> None:
    assert BytePairs.learn(["ab ab cd"], language="und", pieces=50).split("ab cd") == ["▁ab", "▁", "c", "d"]


@pytest.mark.parametrize(
    "merges", [(("a", "c"),), (("a", "b"), ("a", "b")), (("a", ""),), (("a", "b" * 20),), (("a", "\n"),)]
)
def test_impossible_merges_are_refused(merges: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        BytePairs("und", "ab", merges)


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (
            BytePairs("und", "abefilmn▁", (("f", "i"), ("fi", "l"), ("▁", "fil"), ("▁fil", "m"))),
            (1, "781e770727197b84"),
        ),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
