"""Labels in any script: a font for their letters where one is installed, else the letters in Latin ones."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_REGULAR_WEIGHTS = {"normal", "regular", "book", 400}


def fit_fonts(figure: Figure) -> str:
    """Give every text of the figure the installed fonts that it needs beside matplotlib's own.

    Letters that no installed font has are written in Latin ones (影评 → YingPing): boxes tell no names apart.

    Returns:
        Those letters; empty where there are none.
    """
    from matplotlib.text import Text

    texts: list[Text] = figure.findobj(Text)
    for text in texts:
        text.set_usetex(False)  # as a user's settings may have it: nothing is written for TeX
    needed = {text: _list_lacking(text) for text in texts}
    lacking = set().union(*needed.values())
    if not lacking:
        return ""
    families, lacking = _find_families(lacking)
    for axes in figure.axes:
        _rewrite_ticks(axes.xaxis, lacking)
        _rewrite_ticks(axes.yaxis, lacking)
    for text, letters in needed.items():
        if letters:
            text.set_text(_write_in_latin(text.get_text(), lacking))
            text.set_fontfamily([*text.get_fontfamily(), *families])
    return "".join(sorted(lacking))


def _list_lacking(text: Text) -> set[str]:
    """Return the letters of a text that its own font lacks."""
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(text.get_fontproperties()))
    letters = {letter for letter in text.get_text() if not letter.isspace()}
    return {letter for letter in letters if not font.get_char_index(ord(letter))}


def _find_families(letters: Iterable[str]) -> tuple[list[str], set[str]]:
    """Return the names of as few installed fonts as have all the letters, and the letters that none has."""
    from matplotlib.font_manager import fontManager
    from matplotlib.ft2font import FT2Font

    lacking = set(letters)
    covered: dict[str, set[str]] = {}
    for entry in fontManager.ttflist:
        # The last resort's letters are the boxes.
        if entry.style != "normal" or entry.weight not in _REGULAR_WEIGHTS or entry.name.startswith("Last Resort"):
            continue
        with suppress(OSError, RuntimeError):  # removed since it was listed, or damaged
            font = FT2Font(entry.fname)
            found = {letter for letter in lacking if font.get_char_index(ord(letter))}
            covered.setdefault(entry.name, found)
    families = []
    while best := max(covered, key=lambda name: (len(covered[name] & lacking), "Sans" in name), default=None):
        if not covered[best] & lacking:
            break
        families.append(best)
        lacking -= covered[best]
    return families, lacking


def _rewrite_ticks(axis: Axis, lacking: set[str]) -> None:
    """Rewrite the names at the ticks of an axis, which it gives its texts anew whenever it is drawn."""
    names = [label.get_text() for label in axis.get_ticklabels()]
    if lacking.intersection("".join(names)):
        axis.set_ticklabels([_write_in_latin(name, lacking) for name in names])


def _write_in_latin(text: str, lacking: set[str]) -> str:
    from anyascii import anyascii

    return "".join(anyascii(letter) if letter in lacking else letter for letter in text)
