"""`unigram`: a text is split into the pieces that are most probable together."""

from __future__ import annotations

import math

import pytest

from lstm_cli.text.tokenizers.unigram import Unigrams


def test_the_most_probable_pieces_are_taken() -> None:
    pieces = ("a", "ab", "b", "bc", "c", "▁")
    assert Unigrams("und", pieces, (-2.0, -1.0, -2.0, -3.0, -1.0, -1.0)).split("abc") == ["▁", "ab", "c"]
    assert Unigrams("und", pieces, (-0.1, -3.0, -2.0, -0.5, -1.0, -1.0)).split("abc") == ["▁", "a", "bc"]


def test_probabilities_are_those_of_the_texts() -> None:
    # The library takes for a piece what stands in several words.
    tokenizer = Unigrams.learn(["ab abc abd abe abf"] * 20, language="und", pieces=50)
    probabilities = dict(zip(tokenizer.pieces, tokenizer.log_probabilities, strict=True))
    assert sum(map(math.exp, probabilities.values())) == pytest.approx(1.0, abs=1e-4)
    assert max(probabilities, key=probabilities.__getitem__) == "▁ab"


@pytest.mark.parametrize(
    ("pieces", "numbers"),
    [
        (("a", "a"), (-1.0, -1.0)),
        (("",), (-1.0,)),
        (("a",), ()),
        (("a",), (1.0,)),
        (("a",), (float("nan"),)),
        (("a",), (float("-inf"),)),
        (("a" * 17,), (-1.0,)),
        (("\ufffd",), (-1.0,)),
    ],
)
def test_impossible_probabilities_are_refused(pieces: tuple[str, ...], numbers: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Unigrams("und", pieces, numbers)
