from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.data import folder as folder_room
from lstm_cli.data.folder import compute_folder_fingerprint, load_folder
from lstm_cli.data.review import Review
from lstm_cli.errors import DataError


@pytest.fixture
def acl(tmp_path: Path) -> Path:
    """A small folder laid out like aclImdb, with what else stands in there."""
    folder = tmp_path / "acl"
    files = {
        "train/pos/1_9.txt": "A fine film",
        "train/pos/0_8.txt": "\ufeffДивный фильм",
        "train/neg/0_1.txt": "A bore",
        "train/unsup/0_0.txt": "Who knows",
        "train/pos/notes.md": "no review",
        "test/pos/0_10.txt": "Lovely",
        "test/neg/0_2.txt": "Awful<br />indeed",
        "imdb.vocab": "the",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_reviews_take_their_labels_from_their_folders(acl: Path) -> None:
    """Negative before positive, each by file name; the test split stays apart and unsup is left alone."""
    corpus = load_folder(acl)
    assert corpus.name == "acl"
    assert corpus.reviews == (Review("A bore", 0), Review("Дивный фильм", 1), Review("A fine film", 1))
    assert corpus.test_reviews == (Review("Awful<br />indeed", 0), Review("Lovely", 1))


def test_without_a_test_folder_there_is_no_own_test_split(acl: Path) -> None:
    (acl / "test" / "pos" / "0_10.txt").unlink()
    (acl / "test" / "neg" / "0_2.txt").unlink()
    (acl / "test" / "pos").rmdir()
    (acl / "test" / "neg").rmdir()
    (acl / "test" / "unsup").mkdir()
    assert load_folder(acl).test_reviews is None


def test_the_fingerprint_follows_names_and_contents(acl: Path) -> None:
    """Another content, name or place of a byte is seen; what is no review is not looked at."""
    before = compute_folder_fingerprint(acl)
    assert before == load_folder(acl).fingerprint
    (acl / "train" / "unsup" / "1_0.txt").write_text("More")
    assert compute_folder_fingerprint(acl) == before

    file = acl / "train" / "pos" / "1_9.txt"
    file.write_text("A fine film!")
    changed = compute_folder_fingerprint(acl)
    file.rename(file.with_name("2_9.txt"))
    assert len({before, changed, compute_folder_fingerprint(acl)}) == 3


def test_the_fingerprint_does_not_depend_on_where_the_folder_stands(acl: Path) -> None:
    before = compute_folder_fingerprint(acl)
    assert compute_folder_fingerprint(acl.rename(acl.with_name("elsewhere"))) == before


@pytest.mark.parametrize(
    ("removed", "missing"), [("train/neg/0_1.txt", "train/neg"), ("test/pos/0_10.txt", "test/pos")]
)
def test_a_class_without_files_is_named(acl: Path, removed: str, missing: str) -> None:
    (acl / removed).unlink()
    for function in (load_folder, compute_folder_fingerprint):
        with pytest.raises(DataError, match=rf"expected reviews in {missing}/\*\.txt, found none"):
            function(acl)


def test_a_folder_of_something_else_is_refused_with_the_layout(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="laid out as train/pos, train/neg"):
        load_folder(tmp_path)


def test_a_file_that_is_no_text_is_named_with_its_line(acl: Path) -> None:
    (acl / "train" / "pos" / "2_7.txt").write_bytes(b"fine\nfilm\xff")
    with pytest.raises(DataError, match=r"2_7\.txt, line 2: expected UTF-8 text, got the byte 0xff"):
        load_folder(acl)


def test_a_file_past_the_bound_is_refused(acl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_room, "MAX_TEXT_LENGTH", 11)
    with pytest.raises(DataError, match=r"0_8\.txt: expected at most 11 characters, got 12"):
        load_folder(acl)
