from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.data.encoding import encode_reviews, encode_texts
from lstm_cli.data.review import Review
from lstm_cli.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("good", "film"))  # 3 and 4


def test_reviews_become_padded_tokens() -> None:
    reviews = [Review("A good film!", 1), Review("", 0)]
    encoded = encode_reviews(reviews, vocabulary=VOCABULARY, maxlen=5, padding="pre", truncating="pre")
    assert encoded.tokens.tolist() == [[0, 1, 2, 3, 4], [0, 0, 0, 0, 1]]
    assert encoded.labels.tolist() == [1, 0]
    assert [array.dtype for array in (encoded.tokens, encoded.labels, encoded.unknown_share)] == [
        np.int32,
        np.int32,
        np.float32,
    ]
    assert encoded.truncated.dtype == np.bool_
    assert len(encoded) == 2


def test_unknown_words_count_over_the_whole_review_before_cutting() -> None:
    encoded = encode_texts(
        ["good xyzzy xyzzy xyzzy", "good", "...", "xyzzy"],
        vocabulary=VOCABULARY,
        maxlen=2,
        padding="pre",
        truncating="post",
    )
    assert encoded.unknown_share.tolist() == [0.75, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("truncating", "tokens", "truncated"),
    [
        ("pre", [[1, 3], [3, 4], [4, 3]], [False, False, True]),
        ("post", [[1, 3], [1, 3], [1, 3]], [False, True, True]),
    ],
)
def test_truncated_says_whether_words_were_lost(
    truncating: str, tokens: list[list[int]], truncated: list[bool]
) -> None:
    """Losing only the index that starts a review is no loss of words."""
    texts = ["good", "good film", "good film good"]
    encoded = encode_texts(texts, vocabulary=VOCABULARY, maxlen=2, padding="pre", truncating=truncating)
    assert encoded.tokens.tolist() == tokens
    assert encoded.truncated.tolist() == truncated


def test_no_reviews_make_arrays_without_rows() -> None:
    encoded = encode_reviews([], vocabulary=VOCABULARY, maxlen=7, padding="pre", truncating="pre")
    assert encoded.tokens.shape == (0, 7)
    assert encoded.labels.shape == encoded.unknown_share.shape == encoded.truncated.shape == (0,)


def test_a_text_is_encoded_alike_alone_and_among_others() -> None:
    settings = {"vocabulary": VOCABULARY, "maxlen": 4, "padding": "post", "truncating": "pre"}
    texts = ["good film", "a very long text about a film", "film"]
    together = encode_texts(texts, **settings)
    for row, text in enumerate(texts):
        np.testing.assert_array_equal(encode_texts([text], **settings).tokens[0], together.tokens[row])
