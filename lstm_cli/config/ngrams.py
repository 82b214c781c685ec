"""The part of the configuration that says what is learnt of n-grams beside the words."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from lstm_cli.config.section import Section
from lstm_cli.text.ngrams.settings import MOST_FOLDS, Channel, Grouping, NgramSettings, check_pattern


def _check_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"expected each once, got {', '.join(values)}")
    return values


class NgramsConfig(Section):
    """What n-grams of the training texts say of the classes; a text is told of by folds that it is not in."""

    # strict=False on the lists alone: YAML has lists where Python's frozen kind is a tuple.
    patterns: Annotated[
        tuple[Annotated[str, AfterValidator(check_pattern)], ...],
        Field(strict=False, min_length=1, max_length=16),
        AfterValidator(_check_distinct),
    ] = Field(
        ("x", "xx", "xxx", "xxxx", "x_x"), description="Tokens of an n-gram: x is one that counts, _ any other."
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
    C: float = Field(1.0, gt=0.0, le=1e6, description="The larger, the weaker the regression's penalty.")
    length_normalization: float = Field(
        0.5, ge=0.0, le=1.0, description="A text's weights are divided by its number of n-grams to this power."
    )

    def build_settings(self) -> NgramSettings:
        """Return the settings as `fit_ngrams` takes them."""
        values = self.model_dump(exclude={"C"})
        return NgramSettings(**values, inverse_penalty=self.C)
