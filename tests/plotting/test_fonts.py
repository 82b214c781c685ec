"""A name in any script is read: in a font that has it, else in Latin letters."""

from __future__ import annotations

from pathlib import Path

import pytest
from figures import GRU
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from lstm_cli.plotting import Curves, plot_classes, plot_history, save_figure


@pytest.fixture
def install_font(tmp_path, monkeypatch):
    """A function: a family's name and its letters → a font of squares, installed for the test."""
    plain = [entry for entry in fontManager.ttflist if "DejaVu" in entry.name or "Last Resort" in entry.name]
    monkeypatch.setattr(fontManager, "ttflist", plain)
    font_manager.fontManager._findfont_cached.cache_clear()

    def install(family: str, letters: str) -> Path:
        names = [".notdef", *(f"u{ord(letter):04X}" for letter in letters)]
        pen = TTGlyphPen(None)
        for x, y, draw in [(0, 0, pen.moveTo), (800, 0, pen.lineTo), (800, 800, pen.lineTo), (0, 800, pen.lineTo)]:
            draw((x, y))
        pen.closePath()
        square = pen.glyph()
        builder = FontBuilder(1000, isTTF=True)
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
        builder.setupGlyf(dict.fromkeys(names, square))
        builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
        builder.setupHorizontalHeader(ascent=900, descent=-100)
        builder.setupNameTable({"familyName": family, "styleName": "Regular"})
        builder.setupOS2(usWeightClass=400)
        builder.setupPost()
        path = tmp_path / f"{family}.ttf"
        builder.save(path)
        fontManager.addfont(path)
        return path

    return install


def save(label, folder):
    """Return the letters that no font has, and the title and its fonts, of a figure under a label."""
    figure = plot_history([Curves(label, [GRU])])
    lacking = save_figure(figure, folder / "loss.png")
    title = next(text for text in figure.findobj(Text) if text.get_text().endswith("loss by epoch"))
    return lacking, title.get_text().removesuffix(": loss by epoch"), title.get_fontfamily()


def test_an_installed_font_that_has_the_letters_is_taken(install_font, tmp_path, recwarn):
    install_font("Square Latin", "abc")
    install_font("Square Han", "影评")
    lacking, title, families = save("gru 影评", tmp_path)
    assert (lacking, title, families[1:]) == ("", "gru 影评", ["Square Han"])
    assert not recwarn.list  # "Glyph missing" would be one


def test_one_font_for_all_is_better_than_two_and_two_than_none(install_font, tmp_path):
    install_font("Square Half", "影가")
    install_font("Square Han", "影评")
    install_font("Square Korean", "감가")
    assert save("影评감", tmp_path)[2][1:] == ["Square Han", "Square Korean"]
    install_font("Square All", "影评감")
    assert save("影评감", tmp_path)[2][1:] == ["Square All"]


def test_of_two_fonts_that_have_the_same_the_one_like_the_usual_is_taken(install_font, tmp_path):
    for family in ("Square Serif", "Square Sans", "Square Mono"):
        install_font(family, "影评")
    assert save("影评", tmp_path)[2][1:] == ["Square Sans"]


def test_letters_that_no_font_has_become_latin_ones_and_are_told(install_font, tmp_path):
    install_font("Square Han", "影")
    lacking, title, _ = save("影评 감정 カナ gru", tmp_path)
    assert title == "影Ping GamJeong kana gru"
    assert set(lacking) == set("评감정カナ")


def test_names_at_ticks_are_read_too(install_font, tmp_path):
    """An axis gives its texts anew whenever it is drawn."""
    install_font("Square Han", "好")
    figure = plot_classes({"好评": 1, "差评": 2, "plain": 3})
    assert save_figure(figure, tmp_path / "classes.png") == "差评"
    figure.draw_without_rendering()
    labels = figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["好Ping", "ChaPing", "plain"]
    assert "Square Han" in labels[0].get_fontfamily()


def test_what_the_usual_font_has_is_left_as_it_is(install_font, tmp_path):
    install_font("Square", "é…Ωж")
    lacking, title, families = save("é…Ωж", tmp_path)
    assert (lacking, title, len(families)) == ("", "é…Ωж", 1)


def test_a_font_that_was_removed_since_is_passed_over(install_font, tmp_path):
    install_font("Square Gone", "影").unlink()
    assert save("影", tmp_path)[:2] == ("影", "Ying")


@pytest.mark.parametrize("label", ["$影$", "_影", "影\n评", "\ud800", "𓀀", "\U0010ffff", "x" * 50 + "影"])
def test_any_label_is_drawn(label, install_font, tmp_path):
    install_font("Square", "x")
    save(label, tmp_path)
