"""The part of the configuration that says what is learnt of n-grams beside the words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from lstm_cli.config.section import UNION_TAG, Positive, Section
from lstm_cli.text.languages import Language
from lstm_cli.text.ngrams.settings import MOST_FOLDS, Channel, Grouping, NgramSettings, check_pattern

_OF_WORDS = ("x", "xx", "xxx", "xxxx", "x_x")
_OF_CHARACTERS = ("c", "cc", "ccc", "cccc")
# In English, of reviews of 230 words; elsewhere a stronger penalty is better: docs/ngram-lstm.md.
_C_OF_ENGLISH, _C_OF_OTHERS = 1.0, 0.03

_AUTO, _GIVEN = f"{UNION_TAG}auto", f"{UNION_TAG}given"


def _tell_auto(value: object) -> str:
    return _AUTO if isinstance(value, str) else _GIVEN  # other texts are refused before


def _read_patterns(value: object) -> object:
    """Return a value as it is; one that is no list gets an error that names what may stand there."""
    if isinstance(value, str) and value != "auto":
        raise ValueError(f"expected a list of n-grams' tokens such as [x, xx], or auto; got {value!r:.60}")
    return value


def _read_penalty(value: object) -> object:
    if isinstance(value, str) and value != "auto":
        raise ValueError(f"expected a number greater than 0, or auto; got {value!r:.60}")
    return value


def _check_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"expected each once, got {', '.join(values)}")
    return values


class NgramsConfig(Section):
    """What n-grams of the training texts say of the classes; a text is told of by folds that it is not in."""

    # strict=False on the lists alone: YAML has lists where Python's frozen kind is a tuple.
    patterns: Annotated[
        Annotated[
            tuple[Annotated[str, AfterValidator(check_pattern)], ...],
            Field(strict=False, min_length=1, max_length=16),
            AfterValidator(_check_distinct),
            Tag(_GIVEN),
        ]
        | Annotated[Literal["auto"], Tag(_AUTO)],
        Discriminator(_tell_auto),
        BeforeValidator(_read_patterns),
    ] = Field(
        _OF_WORDS,
        description="Tokens of an n-gram: x is one that counts, _ any other; or its characters, each a c; auto: "
        "as suits the language.",
    )
    channels: Annotated[
        tuple[Channel, ...], Field(strict=False, min_length=1), AfterValidator(_check_distinct)
    ] = Field(
        ("weight", "log_ratio"),
        description="What a network reads of n-grams that end at a token: regression weights, classes' shares.",
    )
    folds: int = Field(10, ge=2, le=MOST_FOLDS, description="Each fold's n-grams are told of by the others.")
    fold_seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Another number draws other folds, as each member of an ensemble does.",
    )
    grouping: Grouping = Field(
        "content", description="Texts that share rare words stay in one fold, or only copies of a text do: none."
    )
    min_df: int = Field(2, ge=1, le=1_000_000, description="Training texts that an n-gram must stand in.")
    smoothing: float = Field(0.5, gt=0.0, le=1_000.0, description="Added to every count of texts.")
    C: Annotated[
        Annotated[Positive, Field(le=1e6), Tag(_GIVEN)] | Annotated[Literal["auto"], Tag(_AUTO)],
        Discriminator(_tell_auto),
        BeforeValidator(_read_penalty),
    ] = Field(1.0, description="The larger, the weaker the regression's penalty; auto: as suits the language.")
    length_normalization: float = Field(
        0.5, ge=0.0, le=1.0, description="A text's weights are divided by its number of n-grams to this power."
    )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is `auto`."""
        return self.patterns != "auto" and self.C != "auto"

    def settle(self, language: Language) -> NgramsConfig:
        """Return the settings with what suits a language in the place of `auto`.

        Characters beside the words find stems and endings, and what is spelled in many ways; in English there is
        too little of that. Of scripts without spaces each letter is a word already.
        """
        is_english = language.code == "en"
        patterns, penalty = self.patterns, self.C
        if patterns == "auto":
            patterns = _OF_WORDS if is_english or not language.is_spaced else (*_OF_WORDS, *_OF_CHARACTERS)
        if penalty == "auto":
            penalty = _C_OF_ENGLISH if is_english else _C_OF_OTHERS
        return self.model_copy(update={"patterns": patterns, "C": penalty})

    def build_settings(self) -> NgramSettings:
        """Return the settings as `fit_ngrams` takes them, once `settle` has been asked.

        Raises:
            ValueError: it has not.
        """
        if self.patterns == "auto" or self.C == "auto":
            raise ValueError("data.ngrams has auto in it, and the reviews' language is not known here")
        values = self.model_dump(exclude={"C"})
        return NgramSettings(**values, inverse_penalty=self.C)
