"""What would have made a better model of a finished training, each time with the words to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from statistics import fmean

from lstm_cli.sessions.run import Run

_A_ROUNDING = 1e-6  # of an accuracy that is counted in float32
_UNEVEN = 1.2  # times its even share: below, a weight for each class would change next to nothing
_STRONGER = 2.0  # times the part that a regression has at first, where the network makes it worse


def list_advice(runs: Sequence[Run]) -> list[str]:
    """Return what the user may try next, a line each.

    Args:
        runs: finished ones of one model, at least one: of several seeds or folds.
    """
    return [*_iter_blind(runs), *_iter_lost(runs), *_iter_unfinished(runs)]


def _iter_blind(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line where the model is right no more often than one that says the same of all."""
    shares = [run.result.largest_share for run in runs]
    accuracies = [run.result.record.best.get("val_accuracy") for run in runs]
    if None in shares or None in accuracies:
        return
    share, accuracy = (fmean(value or 0.0 for value in values) for values in (shares, accuracies))
    if accuracy > share + _A_ROUNDING:
        return
    config = runs[0].config
    result = runs[0].result
    is_uneven = (result.largest_trained_share or share) * (result.classes or 2) >= _UNEVEN
    if config.training.class_weight is None and is_uneven:
        help_ = "--set training.class_weight=balanced counts all classes alike"
    elif config.data.ngrams is None:
        help_ = "--model ngram-lstm begins with what n-grams tell"
    else:
        help_ = "do the labels say what the texts say?"
    yield (
        f"{config.name} is right no more often than the largest class is there ({share:.4f} of the reviews to "
        f"validate): {help_}."
    )


def _iter_lost(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line where the model is no better than a regression on n-grams."""
    beaten = [run for run in runs if run.result.record.baseline and "val_accuracy" in run.result.record.best]
    if not beaten:
        return
    own = fmean(run.result.record.best["val_accuracy"] for run in beaten)
    rival = fmean(run.result.record.baseline.accuracy for run in beaten if run.result.record.baseline)
    if own >= rival:
        return
    config = beaten[0].config
    skip = config.model.logit_skip
    if config.data.ngrams is None:
        help_ = "--model ngram-lstm begins with it"
    elif skip is None:
        help_ = "--set model.logit_skip={} adds what it says to the network's"
    else:
        initial = skip.initial if isinstance(skip.initial, float) else 1.0
        help_ = f"--set model.logit_skip.initial={_STRONGER * initial:g} trusts it more at first"
    yield f"{config.name} loses to the n-gram regression ({own:.4f} against {rival:.4f}): {help_}."


def _iter_unfinished(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line where further epochs would go on making the model better."""
    records = [run.result.record for run in runs]
    if any(record.stopped_early or record.best_epoch != record.epochs for record in records):
        return
    first, epochs = runs[0], records[0].epochs
    config = first.config
    if not first.result.history.is_validated:
        return
    if isinstance(config.training.optimizer.learning_rate, float):
        place = first.folder.path if len(runs) == 1 else first.folder.path.parent
        yield (
            f"{_say_improving(config.name, epochs)}: "
            f"lstm-train --resume {shlex.quote(str(place))} --epochs {2 * epochs} goes on."
        )
    elif config.data.ngrams is not None:  # a schedule's last epoch is its best; auto's numbers are of this kind
        training = config.training.model_copy(update={"epochs": "auto"})
        usual = config.model_copy(update={"training": training}).settle(reviews=records[0].reviews["train"])
        if epochs < usual.training.most_epochs:
            yield (
                f"{_say_improving(config.name, epochs)}: of so few reviews --set training.epochs=auto takes "
                f"{usual.training.most_epochs} epochs."
            )


def _say_improving(name: str, epochs: int) -> str:
    """Say that the last epoch is the best, as far as that says anything."""
    return f"{name} was still improving at its last epoch" if epochs > 1 else f"{name} had one epoch only"
