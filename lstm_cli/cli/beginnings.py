"""What a user hears of a training before its first epoch: on what it is, and what not to expect of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_cli.cli.reading import describe_counts
from lstm_cli.sessions import facts
from lstm_cli.text.languages import UNDETERMINED

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.modelfile.shapes import ParameterCounts
    from lstm_cli.text.languages import Language

_WORTH_SAYING = 20  # seconds
_ALIKE = 0.05  # of the reviews to validate, beyond what chance explains
_UNKNOWN = 0.5  # of the words


def describe_beginning(training: facts.TrainingBegan) -> list[str]:
    """Return what is trained on what, and what the user may not expect of it."""
    from lstm_cli.classes import is_even_pair
    from lstm_cli.cli.progress import format_duration
    from lstm_cli.data.encoding import count_classes
    from lstm_cli.kernels.threads import get_threads
    from lstm_cli.modelfile.shapes import count_parameters, measure_model
    from lstm_cli.training.cost import estimate_seconds
    from lstm_cli.training.lazy_rows import find_unfollowed

    config, dataset, kernel = training.config, training.dataset, training.kernel
    parameters = count_parameters(config.model, sizes=measure_model(config, classes=dataset.classes))
    lines = [
        f"{config.name}: {describe_parameters(parameters)} on {training.device}, {kernel.name} kernel",
        f"{dataset.name}: {len(dataset.train):,} reviews to train, {len(dataset.validation):,} to validate,"
        f" {len(dataset.test):,} kept for the test",
    ]
    unknown = float(dataset.train.unknown_share.mean())
    if config.training.initial_model is not None and unknown >= _UNKNOWN:
        lines.append(
            f"{dataset.name}: the model with which this begins does not know {unknown:.0%} of the words, and "
            "learns no new ones: without --from they are learnt."
        )
    if dataset.language is not None:
        lines.append(f"{dataset.name}: {_describe_language(config, dataset.language)}")
    counts = count_classes(dataset.train, dataset.classes)
    if not is_even_pair([*counts.values()]):
        lines.append(f"{dataset.name}: to train {describe_counts(counts)}")
    alike = dataset.repeats.alike
    if alike - dataset.repeats.alike_by_chance >= _ALIKE * max(1, len(dataset.validation)):
        lines.append(
            f"{dataset.name}: {alike:,} of the {len(dataset.validation):,} reviews to validate speak of the same "
            "thing (a film, a product) as reviews to train, which flatters; --group COL keeps those in one part."
        )
    if not len(dataset.validation):
        lines.append(
            "Nothing is validated: all epochs are trained, none stops early, and the last one's weights are kept."
        )
    if kernel.name == "fast":
        seconds = estimate_seconds(config, dataset, cores=get_threads())
        if seconds >= _WORTH_SAYING:
            epochs = config.training.most_epochs
            lines.append(f"{epochs} epoch{'s' * (epochs != 1)}: about {format_duration(seconds)}")
    if kernel.obstacle:
        lines.append(f"Keras' own kernel, not the fast one, because of {kernel.obstacle}.")
    unfollowed = find_unfollowed(config) if kernel.name == "fast" else None
    if unfollowed:
        lines.append(f"Every step updates all of the embedding, which takes longer, because of {unfollowed}.")
    if config.data.padding == "post" and not config.model.embedding.mask_zero:
        lines.append(
            "data.padding is post without model.embedding.mask_zero: the last steps a layer reads are padding,"
            " which often keeps the accuracy at 0.5."
        )
    return lines


def describe_parameters(parameters: ParameterCounts, *, models: int = 1) -> str:
    """Return how many parameters some models of a kind have: `8,633 parameters`."""
    if not parameters.non_trainable:
        return f"{models * parameters.trainable:,} parameters"
    return (
        f"{models * parameters.trainable:,} trainable and {models * parameters.non_trainable:,} non-trainable "
        "parameters"
    )


def describe_continuation(continued: facts.ModelContinued) -> str:
    """Return that a model is gone on with, and whether it knows some of the reviews already."""
    seen = [
        f"{count:,} of those to {part}"
        for part, count in (("train", continued.train_seen), ("validate", continued.validation_seen))
        if count
    ]
    known = f"; of these reviews it was trained on {' and '.join(seen)} before" if seen else ""
    flattery = ", which flatters" if continued.validation_seen else ""
    return f"{continued.path}: going on with its weights, words and classes{known}{flattery}"


def _describe_language(config: Config, language: Language) -> str:
    """Return what was found of the language, and how texts are split because of it."""
    code = config.data.language
    found = (
        "language not known" if code == UNDETERMINED else f"language {code}" if code else "no language asked for"
    )
    return f"{found} (script {language.script or 'none'}), data.tokenizer {config.data.tokenizer}"
