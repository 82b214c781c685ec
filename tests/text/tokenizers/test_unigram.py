"""`unigram`: a text is split into the pieces that are most probable together."""

from __future__ import annotations

import math

import pytest
from tokenized import digest_words

from lstm_cli.text.tokenizers import unigram
from lstm_cli.text.tokenizers.subwords import count_chunks
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


@pytest.mark.parametrize("rounds", [0, unigram._ROUNDS])
def test_a_piece_counts_at_first_as_often_as_it_stands_anywhere(rounds: int, monkeypatch) -> None:
    """Then as often as it is taken; by a slow count of all places."""
    monkeypatch.setattr(unigram, "_ROUNDS", rounds)
    texts = ["ein guter film", "der film war schlecht", "ein langweiliger abend mit einem schlechten film"]
    texts += ["das schöne wetter, der schlechte film", "guter wein und gutes essen", "ein schöner abend"]
    tokenizer = Unigrams.learn(texts, language="de", pieces=60)
    chunks, _ = count_chunks(texts, language="de", pieces=60)
    counts = {
        piece: sum(
            count * sum(chunk.startswith(piece, place) for place in range(len(chunk)))
            for chunk, count in chunks.items()
        )
        for piece in tokenizer.pieces
    }
    for _ in range(rounds):
        counts = unigram._count_pieces(Unigrams._from_counts("de", counts), chunks)
    assert tokenizer == Unigrams._from_counts("de", counts)


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


def test_the_least_and_the_greatest_probability_are_taken() -> None:
    assert Unigrams("und", ("a", "b"), (-1_000.0, 0.0)).pieces == ("a", "b")
    with pytest.raises(ValueError, match="expected probabilities"):
        Unigrams("und", ("a", "b"), (-1_000.5, 0.0))


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (
            Unigrams("und", ("f", "fi", "i", "l", "m", "▁", "▁film"), (-3.0, -2.0, -3.0, -3.0, -3.0, -1.0, -4.0)),
            (1, "781e770727197b84"),
        ),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
