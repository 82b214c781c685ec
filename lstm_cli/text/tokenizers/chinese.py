"""`jieba`: Chinese words, by the package of that name.

The one most used, in pure Python, its dictionary within (42 MB), under the MIT licence; its last release is of
2020, and nothing in it ages. Where letters are tokens and n-grams are learnt, as in `ngram-lstm`, words gain
nothing: 0.878 against 0.886 out of fold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from lstm_cli.text.tokenizers.segmenters import Segmenter
from lstm_cli.user_folders import find_cache_folder, is_writable


@dataclass(frozen=True)
class Jieba(Segmenter):
    """Splits Chinese into the words of jieba's dictionary, and unknown ones by its hidden Markov model."""

    name: ClassVar[str] = "jieba"
    extra: ClassVar[str] = "chinese"
    packages: ClassVar[tuple[str, ...]] = ("jieba",)
    run: ClassVar[str] = r"\p{Han}+"

    def segment(self, run: str) -> Iterable[str]:
        """Return the words of a run of Chinese letters."""
        words: list[str] = self._jieba.lcut(run)
        return words

    @cached_property
    def _jieba(self) -> Any:  # noqa: ANN401 - jieba ships no type information
        import logging
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its old way to write patterns
            import jieba

        jieba.setLogLevel(logging.CRITICAL)  # that it could not keep its dictionary is no matter
        segmenter = jieba.Tokenizer()
        # What it keeps of its dictionary is read as it stands: not from a folder that anybody may write to.
        folder = find_cache_folder()
        is_writable(folder)  # which makes it
        segmenter.tmp_dir = str(folder)
        return segmenter
