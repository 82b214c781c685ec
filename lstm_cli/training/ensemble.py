"""Trained members → one model that averages their probabilities, with the files that a run has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import Config
from lstm_cli.data.baseline import measure_baseline
from lstm_cli.data.selection import select_own_part
from lstm_cli.errors import TrainingError
from lstm_cli.evaluation import THRESHOLD, evaluate_predictions, find_threshold
from lstm_cli.history import History, load_history, save_history
from lstm_cli.inference.network import build_network
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.modelfile.shapes import measure_model
from lstm_cli.modelfile.stored_model import StoredModel, load_model_file, save_model_file
from lstm_cli.models.builder import build_ensemble
from lstm_cli.plotting import Curves, plot_seeds, save_figure
from lstm_cli.text.encoder import EncodedTexts, TextEncoder
from lstm_cli.text.ngrams.tables import average_tables
from lstm_cli.text.seen import build_seen_texts
from lstm_cli.training.objective import build_loss
from lstm_cli.training.optimizer import build_optimizer
from lstm_cli.training.run_folder import MemberRecord, RunFolder, load_record, save_record
from lstm_cli.training.trainer import TrainingResult, find_largest_share


def save_ensemble(config: Config, *, folder: RunFolder, members: Sequence[RunFolder]) -> TrainingResult:
    """Write the model of finished members, and the run's other files, the record as the last.

    The model reads texts with the mean of what the members know of n-grams. Of the history each figure is the
    members' mean; the record's validation figures are of the model itself.

    Args:
        config: the ensemble's.
        folder: its own, locked by the caller.
        members: of finished trainings that differ in nothing but the seed and the folds of n-grams.

    Raises:
        TrainingError: a member is of another training than the others.
        ModelFileError: a member's model cannot be read.
        DataError: the validation part cannot be read.
        OutputError: a file cannot be written.
    """
    stored = [_load_member(member) for member in members]
    records = [load_record(member.record) for member in members]
    if len({(one.fingerprint, one.vectors, one.initial_model) for one in records}) > 1:
        raise TrainingError(
            f"The members in {folder.members} began with other reviews, other vectors or another model. Train the "
            "ensemble anew."
        )
    histories = [load_history(member.history) for member in members]
    history = average_histories(histories)
    epoch = history.kept_epoch(config.training.monitor) or history.epochs
    encoder = _join_encoders([one.encoder for one in stored])
    weights = tuple(weight for one in stored for weight in one.weights)
    best = {name: fmean(record.best[name] for record in records) for name in records[0].best}
    threshold, baseline, largest = THRESHOLD, records[0].baseline, None
    if records[0].reviews["validation"]:
        validation = select_own_part(
            config.data, split="validation", encoder=encoder, fingerprint=records[0].fingerprint
        ).encoded
        probabilities = build_network(config, weights, outputs=stored[0].classes.outputs).predict_texts(validation)
        best |= _judge(probabilities, validation, config=config, names=stored[0].classes.names, known=best)
        baseline = measure_baseline(validation) or baseline
        largest = find_largest_share(validation.labels)
        if config.training.threshold:
            threshold = find_threshold(validation.labels, probabilities) or THRESHOLD
    whole = replace(
        stored[0],
        config=config,
        encoder=encoder,
        threshold=threshold,
        provenance=replace(stored[0].provenance, epoch=epoch),
        weights=weights,
    )
    _save_model(folder, whole)
    save_history(folder.history, history)
    save_figure(plot_seeds([Curves(config.name, histories, config.training.monitor)]), folder.picture)
    record = replace(
        records[0],
        parameters=sum(record.parameters for record in records),
        stopped_early=all(record.stopped_early for record in records),
        epochs=max(record.epochs for record in records),
        best_epoch=epoch,
        best=best,
        baseline=baseline,
        members=[
            MemberRecord(str(member.path.relative_to(folder.path)), record.seed, record.best_epoch, record.best)
            for member, record in zip(members, records, strict=True)
        ],
    )
    save_record(folder.record, record)
    return TrainingResult(
        record, history, interrupted=False, largest_share=largest, classes=len(stored[0].classes)
    )


def average_histories(histories: Sequence[History]) -> History:
    """Return the mean of every figure over the epochs that all trainings have; of the seconds the sum."""
    epochs = min(history.epochs for history in histories)
    metrics = {}
    for name in histories[0].metrics:
        values = np.array([history.metrics[name][:epochs] for history in histories])
        metrics[name] = tuple((values.sum(axis=0) if name == "seconds" else values.mean(axis=0)).tolist())
    return History(metrics)


def _load_member(member: RunFolder) -> StoredModel:
    stored = load_model_file(member.best_model)
    if isinstance(stored, ForeignModel):
        raise TrainingError(f"{member.best_model} is not what was trained there. Train the ensemble anew.")
    return stored


def _join_encoders(encoders: Sequence[TextEncoder]) -> TextEncoder:
    """Return the encoder of all members, which differ in what they know of n-grams alone.

    Raises:
        TrainingError: they differ in more.
    """
    first, *others = (replace(encoder, ngrams=None) for encoder in encoders)
    tables = [encoder.ngrams for encoder in encoders if encoder.ngrams]
    if any(other != first for other in others) or len(tables) not in {0, len(encoders)}:
        raise TrainingError("The members do not read the same words. Train the ensemble anew.")
    try:
        return replace(first, ngrams=average_tables(tables) if tables else None)
    except ValueError as error:
        raise TrainingError(f"The members do not read alike: {error}. Train the ensemble anew.") from error


def _judge(
    probabilities: NDArray[np.float32],
    validation: EncodedTexts,
    *,
    config: Config,
    names: Sequence[str],
    known: dict[str, float],
) -> dict[str, float]:
    """Return the validation figures that the members have too, by their names in a history."""
    evaluation = evaluate_predictions(
        validation.labels,
        probabilities[:, -1] if len(names) == 2 else probabilities,
        classes=names,
        loss=config.training.loss,
        unknown_share=validation.unknown_share,
        truncated=validation.truncated,
        threshold=THRESHOLD,  # as in every history
    )
    figures = {
        "val_loss": evaluation.loss, "val_accuracy": evaluation.accuracy, "val_macro_f1": evaluation.macro_f1
    }  # fmt: skip
    return {name: value for name, value in figures.items() if name in known}


def _save_model(folder: RunFolder, whole: StoredModel) -> None:
    config, classes = whole.config, whole.classes
    sizes = measure_model(config, classes=classes)
    model = build_ensemble(config.model, members=config.members, sizes=sizes, maxlen=config.input_length)
    model.set_weights(whole.weights)
    model.compile(
        optimizer=build_optimizer(config.training.optimizer),
        loss=build_loss(config.training.loss, outputs=classes.outputs),
        metrics=["accuracy"],
    )
    save_model_file(
        folder.best_model,
        model,
        config=config,
        encoder=whole.encoder,
        classes=classes,
        threshold=whole.threshold,
        seen=whole.seen or build_seen_texts(np.zeros(0, np.uint64), salt=b""),
        provenance=whole.provenance,
    )
