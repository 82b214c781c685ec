"""A history, a matrix, a curve → a figure, without a screen or pyplot."""

from lstm_cli.plotting.canvas import COLOURS, GREY, MARKERS, check_figure_path, save_figure
from lstm_cli.plotting.curves import plot_history, plot_seeds
from lstm_cli.plotting.scores import plot_calibration, plot_confusion_matrix, plot_roc

__all__ = [
    "COLOURS",
    "GREY",
    "MARKERS",
    "check_figure_path",
    "plot_calibration",
    "plot_confusion_matrix",
    "plot_history",
    "plot_roc",
    "plot_seeds",
    "save_figure",
]
