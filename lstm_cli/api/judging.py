"""A model and reviews → how good it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from lstm_cli.api.arguments import Given, Place, build_output, give_place
from lstm_cli.api.models import load
from lstm_cli.api.reviews import build_source
from lstm_cli.config import show_value
from lstm_cli.data.selection import select_reviews
from lstm_cli.errors import ArgumentError
from lstm_cli.inference.classifier import Classifier
from lstm_cli.inference.judgement import Judgement, describe_seen, judge

_SPLITS = ("test", "validation", "train")


def evaluate(
    model: Classifier | Place,
    data: Given | None = None,
    *,
    split: Literal["test", "validation", "train"] | None = None,
    settings: Mapping[str, object] | None = None,
    verbose: int = 1,
) -> Judgement:
    """Judge a model.

    Args:
        model: what `load` gives, or the path of its file.
        data: a data set's name or path, several of them, a data frame, or pairs of text and label; by default the
            data that the model was trained from, of which it has seen nothing of the test part.
        split: which part of it; by default the test part or, where the data has no parts, everything.
        settings: how the data is read, as `{"data.text": "body"}`.
        verbose: 0 keeps back how it was read, what was left out, and how much of it the model has learnt from.

    Raises:
        ArgumentError: an argument is none.
        ConfigError: a setting is wrong.
        DataError: the reviews cannot be read, or have no such part.
        ModelFileError: the model cannot be loaded, or gives no probabilities.
    """
    if split is not None and split not in _SPLITS:
        raise ArgumentError(f"split: expected one of {', '.join(_SPLITS)}, got {show_value(split)}.")
    if isinstance(model, str | os.PathLike):
        model = load(model, verbose=verbose)
    if not isinstance(model, Classifier):
        raise ArgumentError(f"model: expected what load() gives, or a model's path, got {show_value(model)}.")
    if data is None and settings:
        raise ArgumentError("settings say how data is read: name the reviews with data.")
    output = build_output(verbose)
    with give_place(data) as given:
        selection = select_reviews(
            build_source(given, settings=settings) if given.datasets else None,
            split=split,
            config=model.data,
            encoder=model.encoder,
            classes=model.classes,
            fingerprint=model.provenance.fingerprint if model.provenance else None,
            folder=model.file.parent if model.file else None,
        )
        if selection.notice:
            output.print_notice(selection.notice)
        judgement = judge(model, selection)
    seen = describe_seen(judgement, model)
    if seen:
        output.print_notice(seen)
    return judgement
