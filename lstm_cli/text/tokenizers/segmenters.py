"""What the tokenizers have in common that find words where no space tells them: packages of others, each an extra.

A text is normalised; runs of the segmenter's script are handed to it, all else is split as `words-and-signs` does.
A model keeps the versions of the packages: others may find other words, and are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, ClassVar, Self

from lstm_cli.errors import ConfigError
from lstm_cli.text.normalization import normalize
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns

if TYPE_CHECKING:
    import regex


@dataclass(frozen=True)
class Segmenter:
    """Splits normalised texts into the words that a package finds.

    Attributes:
        language: the texts' code.
        versions: of the packages, by their names.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = False
    extra: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    run: ClassVar[str]
    """What is handed to the package, in the syntax of the package `regex`, version 1."""

    language: str
    versions: dict[str, str]

    def __getstate__(self) -> dict[str, object]:
        """Return what it is; a package's dictionary, which is loaded when first needed, is no part of that."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> Self:  # noqa: ARG003
        """Return the tokenizer with the packages that are here.

        Raises:
            ConfigError: one is not.
        """
        cls.check_packages()
        return cls(language, {package: version(package) for package in cls.packages})

    @classmethod
    def check_packages(cls) -> None:
        """Raise an error unless the packages are here.

        Raises:
            ConfigError: one is not.
        """
        missing = [package for package in cls.packages if _find_version(package) is None]
        if missing:
            raise ConfigError(
                f"data.tokenizer {cls.name} needs the package {missing[0]}, which is not here: "
                f"pip install 'lstm-cli[{cls.extra}]'"
            )

    def find_obstacle(self) -> str:
        """Return what keeps texts from being split as in the training; empty where nothing does."""
        if set(self.versions) != set(self.packages):
            return f"the versions of the packages of its tokenizer {self.name} are not there."
        wanted = [
            f"{package}=={wanted}" for package, wanted in self.versions.items() if _find_version(package) != wanted
        ]
        if not wanted:
            return ""
        if any(_find_version(package) is None for package in self.packages):
            return (
                f"its words are found by {', '.join(self.packages)}, which is not here: "
                f"pip install 'lstm-cli[{self.extra}]' {' '.join(wanted)}"
            )
        return f"its words were found by another version of a package: pip install {' '.join(wanted)}"

    def split(self, text: str) -> list[str]:
        """Return the words of a text, in their order; none of them is empty or holds a line's end."""
        words: list[str] = []
        parts = _compile_run(self.run).split(normalize(text, language=self.language))
        for number, part in enumerate(parts):
            if number % 2:
                words += [word for word in self.segment(part) if word.strip()]
            elif part:
                words += self._signs.split(part)
        return words

    def segment(self, run: str) -> Iterable[str]:
        """Return the words of a run of the segmenter's script."""
        raise NotImplementedError

    @cached_property
    def _signs(self) -> WordsAndSigns:
        return WordsAndSigns(self.language)


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _compile_run(run: str) -> regex.Pattern[str]:
    import regex  # `re` knows no scripts

    return regex.compile(f"({run})", regex.V1)
