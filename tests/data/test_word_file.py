"""Words go in once and come out in any order, however many they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_cli.data import word_file
from lstm_cli.data.word_file import open_word_file

TEXTS = st.lists(st.tuples(st.lists(st.text(max_size=2), max_size=9), st.booleans()), max_size=12)


@pytest.mark.parametrize("bound", [2**28, 8])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS)
def test_words_survive_and_those_that_count_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, texts: list[tuple[list[str], bool]]
) -> None:
    """In memory and on disk, counted at once or in many pieces."""
    monkeypatch.setattr(word_file, "LARGEST_IN_MEMORY", bound)
    monkeypatch.setattr(word_file, "_COUNTED_AT_ONCE", 5)
    with open_word_file(tmp_path / "made" / "for it") as words:
        for text, counts in texts:
            words.append(text, counts=counts)
        known = list(words.iter_words())
        read = [[known[number] for number in words.read(row)] for row in reversed(range(len(texts)))]
        counted = dict(words.iter_counts())
    assert read == [text for text, _ in reversed(texts)]
    assert list(counted) == known
    assert {word: count for word, count in counted.items() if count} == Counter(
        word for text, counts in texts if counts for word in text
    )
    assert not list((tmp_path / "made" / "for it").iterdir())


@pytest.mark.parametrize("is_there", [True, False], ids=["in the folder", "beside it"])
def test_words_lie_in_the_folder_or_else_where_temporary_files_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    (tmp_path / "file").touch()
    writable, nowhere = tmp_path / "folder", tmp_path / "file" / "folder"
    writable.mkdir()
    monkeypatch.setattr(word_file, "LARGEST_IN_MEMORY", 8)
    monkeypatch.setattr("tempfile.tempdir", str(nowhere if is_there else writable))
    with open_word_file(writable if is_there else nowhere) as words:
        for number in range(9):
            words.append([f"word{number}"], counts=True)
        assert list(words.iter_words()) == [f"word{number}" for number in range(9)]
