"""What a tokenizer makes of some texts, in one number: where that changes, its version must."""

from __future__ import annotations

import hashlib
import json

from lstm_cli.text.tokenizers.subwords import SPACE

TEXTS = [
    "It's a FINE film, isn't it?!  10/10 <br />\n:-) don't",
    "Çok güzel İstanbul'da; ağladım…",  # noqa: RUF001 - as people write
    "这家店很好，不好吃。とても良い映画でした！",  # noqa: RUF001 - likewise
    "정말 재미있어요 ㅋㅋㅋ",
    "naïve cafe\u0301 &amp; ﬁne ½ №1 #tag @me http://x.org",
    "\u200bzero\u00adsoft\ud83dhalf 👍🏽 ❤️",
]


def digest_words(tokenizer) -> tuple[int, str]:
    """Return a tokenizer's version and the beginning of a digest of its words, which mark spaces as it says."""
    words = [list(tokenizer.split(text)) for text in TEXTS]
    assert tokenizer.marks_spaces is any(SPACE in word for one in words for word in one)
    return tokenizer.version, hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]
