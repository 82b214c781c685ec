"""What every figure shares: colours, axes, legend, and how it is written."""

from __future__ import annotations

import math
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.errors import ConfigError
from lstm_cli.matplotlib_start import quiet_matplotlib, start_matplotlib
from lstm_cli.plotting.fonts import fit_fonts
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by colour-blind eyes (https://jfly.uni-koeln.de/color), without the
# yellow, which is faint on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
BLUE, VERMILION, BLACK = COLOURS[0], COLOURS[1], COLOURS[-1]
GREY = "#666666"
# The best epoch's mark: another shape each time the colours start anew.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# matplotlib writes the time into SVG and PDF unless told not to.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
_DOTS_PER_INCH = 150

_IN_NO_FONT = "Glyph .* missing"  # as a tab is in none
_LINE = 0.022  # inches of a legend's line, for each point of its letters


def save_figure(figure: Figure, path: Path) -> str:
    """Write `figure` as `.png` (150 dots an inch), `.svg` or `.pdf`; the same figure gives the same bytes.

    Returns:
        The letters for which no font is installed; they are written in Latin ones.

    Raises:
        ConfigError: the suffix is none of the three.
        OutputError: the file cannot be written.
    """
    import matplotlib as mpl

    check_figure_path(path)
    suffix = path.suffix.lower()
    with (
        write_whole(path) as aside,
        # Names inside an SVG are random unless salted. Who has made room has no other engine make it again.
        mpl.rc_context(
            {
                "svg.hashsalt": "lstm_cli",
                "figure.autolayout": False,
                "figure.constrained_layout.use": False,
                "text.usetex": False,  # of the texts that come with the drawing, as the numbers at the axes
            }
        ),
        quiet_matplotlib(),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message=_IN_NO_FONT)
        lacking = fit_fonts(figure)
        if suffix == ".png":
            _make_room(figure)
        figure.savefig(aside, format=suffix[1:], dpi=_DOTS_PER_INCH, metadata=_METADATA[suffix])
    return lacking


def _make_room(figure: Figure) -> None:
    """Let the parts of a figure make room for one another: else `savefig` draws all of it once, only for that."""
    engine = figure.get_layout_engine()
    if engine is not None:
        figure.set_dpi(_DOTS_PER_INCH)
        engine.execute(figure)
        figure.set_layout_engine(None)


def describe_lacking(letters: str) -> str:
    """Return a sentence on the letters that `save_figure` found no font for."""
    return (
        f"No installed font has {letters[:20]}: such letters are drawn as Latin ones. Install one that has, such "
        "as the Noto Sans of the script."
    )


def check_figure_path(path: Path) -> None:
    """Raise a ConfigError unless `path` ends in a suffix that `save_figure` writes."""
    if path.suffix.lower() not in _METADATA:
        suffix = repr(path.suffix) if path.suffix else "no suffix"
        raise ConfigError(f"{path}: expected a picture named .png, .svg or .pdf, got {suffix}.")


def start_figure(title: str, *, size: tuple[float, float]) -> Figure:
    """Return a figure of that many inches whose parts make room for one another."""
    start_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, fontsize=14)
    return figure


def start_axes(
    title: str, *, x_label: str, y_label: str, size: tuple[float, float] = (8.0, 5.0)
) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes."""
    figure = start_figure(title, size=size)
    axes = figure.subplots()
    style_axes(axes, x_label=x_label, y_label=y_label)
    return figure, axes


def style_axes(axes: Axes, *, x_label: str, y_label: str) -> None:
    """Name the axes, and draw a light grid in place of a full frame."""
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def set_integer_ticks(axis: Axis, *, most: int | None = None) -> None:
    """Put ticks at whole numbers only, written as `1,000`.

    Args:
        axis: of numbers.
        most: stretches between ticks; by default as many as have room, unless the numbers are long.
    """
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(most or "auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axis.set_major_formatter("{x:,.0f}")


def add_legend(figure: Figure, axes: Axes, *, columns: int) -> None:
    """Put the legend below the axes, where no curve can run under it, and lengthen the figure for it.

    Args:
        figure: as wide as it stays.
        axes: whose curves are named.
        columns: of the legend; fewer, and at last smaller letters, where the figure is too narrow for those that a
            user has chosen.
    """
    handles, labels = axes.get_legend_handles_labels()
    size = None  # a user's
    while True:
        legend = figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=size
        )
        for text in legend.get_texts():
            text.set_usetex(False)  # as a user's settings may have it: nothing is written for TeX
        letters = float(text.get_fontsize())  # all alike
        with quiet_matplotlib(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=_IN_NO_FONT)
            width = legend.get_window_extent().width
        if width <= figure.bbox.width:
            break
        legend.remove()
        if columns == 1:
            size = 0.99 * letters * figure.bbox.width / width
        columns = max(1, columns - 1)
    lines = math.ceil(len(labels) / columns)
    figure.set_figheight(figure.get_figheight() + _LINE * letters * (lines - 1))


def shorten_label(label: str) -> str:
    """Return a label of at most 40 characters, the end of a longer one, with nothing to interpret in it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in label)
    end = printable if len(printable) <= 40 else f"…{printable[-39:]}"
    shown = f" {end}" if end.startswith("_") else end  # legends leave out what starts with an underscore
    return shown.replace("$", r"\$")  # two dollars would start mathematics


def shorten_name(name: str, *, longest: int = 20) -> str:
    """Return a class' name with its middle left out where it is longer, and nothing to interpret in it.

    Args:
        name: any text.
        longest: characters that are shown, and half as many where some are as wide as two.
    """
    if count_columns(name) > len(name):
        longest //= 2
    half = longest // 2
    return shorten_label(name if len(name) <= longest else f"{name[: half - 1]}…{name[-half:]}")


def count_columns(text: str) -> float:
    """Return about how many Latin letters are as wide as a text.

    Chinese, Japanese and Korean letters are as wide as two, and become two or three where no font has them.
    """
    return sum(2.5 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1 for letter in text)
