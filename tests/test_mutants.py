"""`make mutants`: which tests are asked about a file."""

from __future__ import annotations

import mutants
import pytest
from mutants import FILES, draw_mutants, find_tests


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("data/cache.py", ["tests/data/test_cache.py"]),
        ("modelfile/child.py", ["tests/modelfile/test_child.py"]),  # nobody imports it
    ],
)
def test_a_file_is_judged_by_its_mirror_or_by_what_uses_it(file, tests):
    assert find_tests(file) == tests


def test_without_a_mirror_it_is_judged_by_those_of_its_users_rather_of_its_room(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "_ROOT", tmp_path)
    monkeypatch.setattr(mutants, "_TESTS", tmp_path / "tests")
    for name in ("models/test_fast_layers.py", "kernels/test_recurrence.py", "kernels/test_gru.py"):
        mirror = tmp_path / "tests" / name
        mirror.parent.mkdir(parents=True, exist_ok=True)
        mirror.touch()
        assert find_tests("kernels/gru.py") == [f"tests/{name}"]
    assert find_tests("kernels/cell.py") == ["tests/kernels/test_gru.py", "tests/kernels/test_recurrence.py"]


def test_there_are_tests_for_every_file():
    files = [file for file in FILES if not file.endswith("__init__.py")]
    assert [file for file in files if not find_tests(file)] == []


def test_a_star_that_multiplies_nothing_is_left_alone():
    """What comes of it is no Python, which everyone notices, or is read as before."""
    pytest.importorskip("cosmic_ray", reason="Cosmic Ray, of the extra dev, is not installed: make lint brings it")
    drawn = [*draw_mutants("text/ngrams/cost.py", lines=None, most=10**6)]
    assert len(drawn) > 50
    for mutant in drawn:
        compile(mutant.text, "cost.py", "exec")
        assert "    *, texts: int" in mutant.text
