"""Predictions beside labels → figures, for two classes or more, with NumPy alone.

Labels are `int32[n]`, indices into the names of the k classes. What a model gives comes as `float32[n, k]` or, of
two classes, as the second's probability alone, `float32[n]` or `float32[n, 1]`: see `complete_probabilities`.
"""

from lstm_cli.evaluation.calibration import Calibration, compute_calibration
from lstm_cli.evaluation.confusion import ClassScores, Counts, compute_macro_f1, count_confusions, score_classes
from lstm_cli.evaluation.losses import Loss, compute_brier_score, compute_loss
from lstm_cli.evaluation.mistakes import Mistake, find_mistakes
from lstm_cli.evaluation.outputs import (
    CLASS_NAMES,
    THRESHOLD,
    Flags,
    Floats,
    Integers,
    check_predictions,
    complete_probabilities,
    find_missing_rows,
    predict_labels,
)
from lstm_cli.evaluation.roc import RocCurve, compute_roc_auc, compute_roc_curves
from lstm_cli.evaluation.scores import Evaluation, evaluate_predictions
from lstm_cli.evaluation.threshold import find_threshold

__all__ = [
    "CLASS_NAMES",
    "THRESHOLD",
    "Calibration",
    "ClassScores",
    "Counts",
    "Evaluation",
    "Flags",
    "Floats",
    "Integers",
    "Loss",
    "Mistake",
    "RocCurve",
    "check_predictions",
    "complete_probabilities",
    "compute_brier_score",
    "compute_calibration",
    "compute_loss",
    "compute_macro_f1",
    "compute_roc_auc",
    "compute_roc_curves",
    "count_confusions",
    "evaluate_predictions",
    "find_missing_rows",
    "find_mistakes",
    "find_threshold",
    "predict_labels",
    "score_classes",
]
