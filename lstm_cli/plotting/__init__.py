"""A history, a matrix, a curve → a figure, without a screen or pyplot."""

from lstm_cli.plotting.canvas import COLOURS, GREY, MARKERS, check_figure_path, describe_lacking, save_figure
from lstm_cli.plotting.curves import Curves, list_undrawn, plot_history, plot_seeds
from lstm_cli.plotting.reviews import plot_classes, plot_lengths, plot_scripts
from lstm_cli.plotting.scores import plot_calibration, plot_confusion_matrix, plot_roc
from lstm_cli.plotting.sweeps import TrialPoint, plot_importances, plot_trials

__all__ = [
    "COLOURS",
    "GREY",
    "MARKERS",
    "Curves",
    "TrialPoint",
    "check_figure_path",
    "describe_lacking",
    "list_undrawn",
    "plot_calibration",
    "plot_classes",
    "plot_confusion_matrix",
    "plot_history",
    "plot_importances",
    "plot_lengths",
    "plot_roc",
    "plot_scripts",
    "plot_seeds",
    "plot_trials",
    "save_figure",
]
