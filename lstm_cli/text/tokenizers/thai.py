"""`pythainlp`: Thai words, by the package of that name.

By its dictionary and longest matching (newmm); pure Python, kept up, under the Apache licence. Where letters are
tokens and n-grams are learnt, as in `ngram-lstm`, words gain nothing: 0.681 against 0.691 out of fold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from lstm_cli.text.tokenizers.segmenters import Segmenter


@dataclass(frozen=True)
class PyThaiNLP(Segmenter):
    """Splits Thai into the words of pythainlp's dictionary."""

    name: ClassVar[str] = "pythainlp"
    extra: ClassVar[str] = "thai"
    packages: ClassVar[tuple[str, ...]] = ("pythainlp",)
    run: ClassVar[str] = r"\p{Thai}[\p{Thai}\p{M}]*"

    def segment(self, run: str) -> Iterable[str]:
        """Return the words of a run of Thai letters."""
        words: list[str] = self._tokenize(run, engine="newmm", keep_whitespace=False)
        return words

    @cached_property
    def _tokenize(self) -> Any:  # noqa: ANN401 - for mypy without the extra
        from pythainlp.tokenize import word_tokenize

        return word_tokenize
