"""Reviews of any source → a data frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lstm_cli.api.arguments import Given, GivenData, build_output, give_place, list_settings
from lstm_cli.cli.reading import format_setting
from lstm_cli.config import SourceConfig, load_data_config
from lstm_cli.data.findings import describe_left_out
from lstm_cli.data.review import PARTS
from lstm_cli.data.sources import open_source
from lstm_cli.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd


def read_reviews(data: Given, *, settings: Mapping[str, object] | None = None, verbose: int = 1) -> pd.DataFrame:
    """Return labelled reviews, as a training would read them.

    Args:
        data: a data set's name or path, several of them, a data frame, or pairs of text and label.
        settings: how it is read, as `{"data.label": "stars", "data.classes": "negative=1,2 positive=4,5"}`.
        verbose: 0 keeps back how it was read and what was left out.

    Returns:
        A pandas frame with the columns `text` and `label`, the class' name, in the source's order; where the
        source has parts of its own, also `part`: train, validation or test. All of it is in memory.

    Raises:
        ArgumentError: an argument is none.
        ConfigError: a setting is wrong.
        DataError: the reviews cannot be read.
    """
    import pandas as pd

    if data is None:
        raise ArgumentError("data: expected a path, a data frame, or pairs of text and label, got None.")
    with give_place(data) as given:
        corpus = open_source(build_source(given, settings=settings)).load(None)
        parts = dict(zip(PARTS, (corpus.reviews, corpus.validation_reviews, corpus.test_reviews), strict=True))
        there = {part: reviews for part, reviews in parts.items() if reviews is not None}
        rows = [
            (review.text, corpus.classes.names[review.label], part)
            for part, reviews in there.items()
            for review in reviews
        ]
    output = build_output(verbose)
    if corpus.reading:
        output.print_notice(f"{corpus.name}: {corpus.reading.describe()}")
    for line in (*corpus.further_readings, *(f"{corpus.name}: {x}" for x in describe_left_out(corpus.left_out))):
        output.print_notice(line)
    frame = pd.DataFrame(rows, columns=["text", "label", "part"])
    return frame if len(there) > 1 else frame.drop(columns="part")


def build_source(given: GivenData, *, settings: Mapping[str, object] | None) -> SourceConfig:
    """Return which reviews are read, and how.

    Raises:
        ArgumentError: the settings are none.
        ConfigError: a setting is wrong.
    """
    overrides = [*list_settings(settings), format_setting("data.dataset", given.datasets)]
    config = load_data_config(overrides)
    return SourceConfig(**{name: getattr(config, name) for name in SourceConfig.model_fields})
