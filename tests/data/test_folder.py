from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data import labelled_rows
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.folder import open_folder
from lstm_cli.data.review import Review
from lstm_cli.errors import DataError


def load_folder(path: Path, source: SourceConfig | None = None, *, known: Classes | None = None) -> Corpus:
    return open_folder(path, source or SourceConfig()).load(known)


def compute_folder_fingerprint(path: Path, source: SourceConfig | None = None) -> str:
    return open_folder(path, source or SourceConfig()).compute_fingerprint()


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
    (acl / "train" / "pos" / "2_7.txt").write_bytes(b"fine\nfilm\0")
    with pytest.raises(DataError, match=r"2_7\.txt, line 2: expected text, got a NUL byte"):
        load_folder(acl)


def test_a_file_past_the_bound_is_refused(acl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_rows, "MAX_TEXT_LENGTH", 11)
    with pytest.raises(DataError, match=r"0_8\.txt: expected at most 11 characters, got 12"):
        load_folder(acl)


def test_files_that_are_no_utf_8_are_in_one_encoding(acl: Path) -> None:
    """One of them alone would not tell; a mark, or the user, does."""
    for number, text in enumerate(["très bon café", "déjà vu à l'été", "gâché"]):
        (acl / "train" / "neg" / f"9{number}_1.txt").write_bytes(text.encode("cp1252"))
    (acl / "train" / "neg" / "99_1.txt").write_bytes("été".encode("utf-16"))
    texts = [review.text for review in load_folder(acl).reviews]
    assert texts == ["A bore", "très bon café", "déjà vu à l'été", "gâché", "été", "Дивный фильм", "A fine film"]
    with pytest.raises(DataError, match=r"90_1.txt, line 1: expected utf-8 text"):
        load_folder(acl, SourceConfig(encoding="utf-8"))


@pytest.mark.parametrize(
    ("texts", "asked", "told"),
    [
        ({"0_9.txt": b"fine"}, None, "read as a folder for each class"),
        ({"0_9.txt": "été".encode()}, None, "read as a folder for each class"),
        ({"0_9.txt": "déjà vu à l'été".encode("cp1252")}, None, "read as cp1252, a folder for each class"),
        (
            {"0_9.txt": "déjà vu à l'été".encode("cp1252"), "1_9.txt": "été".encode()},
            None,
            "read as cp1252 and utf-8, a folder for each class",
        ),
        ({"0_9.txt": b"\xe9t\xe9"}, "latin-1", "read as latin-1, a folder for each class"),
        ({"0_9.txt": "fine".encode("utf-16")}, None, "read as utf-16, a folder for each class"),
        (
            {"0_9.txt": "fine".encode("utf-16"), "1_9.txt": "déjà vu à l'été".encode("cp1252")},
            None,
            "read as utf-16 and cp1252, a folder for each class",
        ),
        ({"0_9.txt": "素晴らしい".encode("iso2022_jp")}, None, "read as iso2022_jp, a folder for each class"),
        (
            {"0_9.txt": "été".encode() + b"\xc3", "1_9.txt": b"fine"},
            None,
            "read as a folder for each class, with \ufffd for broken bytes from pos/0_9.txt on",
        ),
    ],
)
def test_an_encoding_that_was_found_or_asked_for_is_told(texts, asked, told, tmp_path: Path) -> None:
    for name, content in {
        "neg/0_1.txt": b"a bore",
        **{f"pos/{name}": text for name, text in texts.items()},
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    source = SourceConfig(encoding=asked)
    assert load_folder(tmp_path, source).reading.describe() == told
    (rows,) = open_folder(tmp_path, source).open_parts()["train"]
    assert rows.reading.describe() == told


def test_a_damaged_text_stays_what_it_is(acl: Path) -> None:
    """In UTF-8 with half of the characters outside ASCII sound; the others are in an encoding of their own."""
    folder = acl / "train" / "neg"
    (folder / "90_1.txt").write_bytes("Дивный фильм".encode() + b"\xff")
    (folder / "91_1.txt").write_bytes("déjà vu à l'été".encode("cp1252"))
    (folder / "92_1.txt").write_bytes("Дивный".encode() + b"\xff")
    texts = [review.text for review in load_folder(acl).reviews]
    assert texts[1:4] == ["Дивный фильм\ufffd", "déjà vu à l'été", "Дивный\ufffd"]


@pytest.mark.parametrize(("text", "is_utf8"), [(b"\xc3\xa9t\xe9", True), (b"\xc3\xa9t\xe9 \xe9", False)])
def test_a_text_as_many_of_whose_characters_are_broken_as_sound_is_still_utf_8(text, is_utf8, acl: Path) -> None:
    """One more, and it is of the encoding of the others."""
    (acl / "train" / "neg" / "90_1.txt").write_bytes(text)
    (acl / "train" / "neg" / "91_1.txt").write_bytes("déjà vu à l'été, très bon café".encode("cp1252"))
    reviews = load_folder(acl).reviews
    assert (reviews[1].text == "ét\ufffd") == is_utf8
    assert reviews[2].text == "déjà vu à l'été, très bon café"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso2022_jp", "utf-8-sig"])
def test_a_text_whose_bytes_tell_their_encoding_is_read_in_it(encoding, acl: Path) -> None:
    """Without a zero among them, too, as in short Japanese texts; and a mark alone is no text."""
    path = acl / "train" / "neg" / "90_1.txt"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path.write_bytes(mark + "素晴らしい映画".encode(encoding))
    assert load_folder(acl).reviews[1].text == "素晴らしい映画"
    path.write_bytes(mark + "".encode(encoding))
    assert [item.places for item in load_folder(acl).left_out] == [("train/neg/90_1.txt",)]


def test_an_encoding_whose_order_of_bytes_nothing_tells_is_refused_by_what_would(acl: Path) -> None:
    with pytest.raises(DataError, match=r"0_1\.txt: expected utf-16 text, but .* Name utf-16-le or utf-16-be"):
        load_folder(acl, SourceConfig(encoding="utf-16"))


def test_a_short_text_that_may_be_damaged_utf_8_is_what_the_others_are(acl: Path) -> None:
    """Half of its characters are sound UTF-8 by chance."""
    texts = ["态度很差", "这个酒店非常好，服务员很热情。", "房间太小了，味道也不好。", "送餐很快"]
    for number, text in enumerate(texts):
        (acl / "train" / "neg" / f"9{number}_1.txt").write_bytes(text.encode("gb18030"))
    corpus = load_folder(acl)
    assert [review.text for review in corpus.reviews[1:5]] == texts
    assert corpus.reading.encoding == "gb18030 and utf-8"


def test_a_text_that_itself_holds_the_sign_for_broken_bytes_has_none(acl: Path) -> None:
    (acl / "train" / "neg" / "90_1.txt").write_text("d\ufffdj\ufffd vu", encoding="utf-8")
    (acl / "train" / "neg" / "91_1.txt").write_text("d\ufffdj\ufffd vu", encoding="utf-16")
    corpus = load_folder(acl)
    assert corpus.reviews[1].text == corpus.reviews[2].text == "d\ufffdj\ufffd vu"
    assert corpus.reading.broken_file is None
    (acl / "train" / "neg" / "92_1.txt").write_bytes("fine".encode("utf-16") + b"!")
    assert load_folder(acl).reading.broken_file == "train/neg/92_1.txt"


def test_what_is_no_text_is_refused_in_a_folder_too(acl: Path) -> None:
    (acl / "train" / "neg" / "90_1.txt").write_bytes(b"%PDF-1.7\xe9\xff\xfe")
    with pytest.raises(DataError, match="expected text, got a PDF"):
        load_folder(acl)


def test_damaged_beyond_any_encoding_a_text_is_refused_by_name(acl: Path) -> None:
    (acl / "train" / "neg" / "95_1.txt").write_bytes("とても良い映画でした。また行きたい。\n".encode("cp932") * 3)
    (acl / "train" / "neg" / "96_1.txt").write_bytes("とても良い\n".encode("cp932") * 9 + b"\x85\n" * 12)
    with pytest.raises(DataError, match=r"95_1.txt: expected text, got bytes that make sense in no encoding"):
        load_folder(acl)


def write_texts(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"the text of {name}")
    return folder


def count(corpus: Corpus) -> dict[str, list[int]]:
    parts = {"train": corpus.reviews, "validation": corpus.validation_reviews, "test": corpus.test_reviews}
    return {name: [review.label for review in part] for name, part in parts.items() if part is not None}


@pytest.mark.parametrize(
    ("names", "classes", "parts"),
    [
        (["joy/1.txt", "anger/1.txt", "fear/1.txt"], ("anger", "fear", "joy"), {"train": [0, 1, 2]}),
        (["neg/1.txt", "pos/1.txt", "pos/2.txt"], ("negative", "positive"), {"train": [0, 1, 1]}),
        (["1/a.txt", "10/a.txt", "2/a.txt"], ("1", "2", "10"), {"train": [0, 2, 1]}),
        (["sci.med/59000", "rec.autos/1000"], ("rec.autos", "sci.med"), {"train": [0, 1]}),
        (["in/ham/1.txt", "in/spam/1.txt"], ("ham", "spam"), {"train": [0, 1]}),
        (["train/a/1.txt", "train/b/1.txt", "train/index.csv"], ("a", "b"), {"train": [0, 1]}),
        (["ham/1.txt", "ham/more/2.txt", "spam/1.txt"], ("ham", "spam"), {"train": [0, 1]}),
        (
            ["train/a/1.txt", "train/b/1.txt", "test/b/1.txt", "dev/a/1.txt", "train/unsup/1.txt"],
            ("a", "b"),
            {"train": [0, 1], "validation": [0], "test": [1]},
        ),
        (
            ["Training/a/1.txt", "Training/b/1.txt", "valid/b/1.txt"],
            ("a", "b"),
            {"train": [0, 1], "validation": [1]},
        ),
    ],
)
def test_folders_of_classes_in_any_layout(
    tmp_path: Path, names: list[str], classes: tuple[str, ...], parts: dict[str, list[int]]
) -> None:
    corpus = load_folder(write_texts(tmp_path, *names))
    assert corpus.classes.names == classes
    assert count(corpus) == parts
    assert corpus.fingerprint == compute_folder_fingerprint(tmp_path)


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["train.csv", "test.csv"], {"train": 1, "test": 1}),
        (["train.tsv", "dev.tsv", "README.md"], {"train": 1, "validation": 1}),
        (["train-0-of-2.csv", "train-1-of-2.csv", "test-0-of-1.csv"], {"train": 2, "test": 1}),
        (["train/data.csv", "val/data.csv", "test/data.csv"], {"train": 1, "validation": 1, "test": 1}),
        (["reviews.csv"], {"train": 1}),
        (["reviews.csv", "README.md", "LICENSE"], {"train": 1}),
    ],
)  # fmt: skip
def test_files_of_parts(tmp_path: Path, names: list[str], parts: dict[str, int]) -> None:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        separator = "\t" if path.suffix == ".tsv" else ","
        path.write_text(f"text{separator}label\n{name} good{separator}1\n{name} bad{separator}0\n")
    corpus = load_folder(tmp_path)
    assert count(corpus) == {name: [1, 0] * files for name, files in parts.items()}
    assert corpus.fingerprint == compute_folder_fingerprint(tmp_path)


def test_the_fingerprint_follows_what_the_user_says_of_the_texts(tmp_path: Path) -> None:
    """The classes and the encoding, each by itself."""
    folder = write_texts(tmp_path, "1/a.txt", "2/a.txt", "5/a.txt")
    groups = ({"bad": ("1", "2"), "good": ("5",)}, {"bad": ("1",), "good": ("2", "5")})
    sources = [SourceConfig(), SourceConfig(encoding="cp1252"), *(SourceConfig(classes=each) for each in groups)]
    found = [compute_folder_fingerprint(folder, source) for source in sources]
    assert len({*found}) == len(sources)
    assert [load_folder(folder, source).fingerprint for source in sources] == found


def test_a_class_has_the_name_that_most_of_its_texts_lie_under(tmp_path: Path) -> None:
    """Where folders differ in capital letters alone."""
    names = ["train/Joy/1.txt", "train/fear/1.txt", "test/joy/1.txt", "test/joy/2.txt", "test/fear/1.txt"]
    assert load_folder(write_texts(tmp_path, *names)).classes.names == ("fear", "joy")


def test_what_is_no_folder_is_an_error_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"^Cannot read .*file: Not a directory\.$"):
        open_folder(tmp_path / "file", SourceConfig())


def test_groups_and_known_classes_are_of_folders_too(tmp_path: Path) -> None:
    folder = write_texts(tmp_path, "1/a.txt", "2/a.txt", "3/a.txt", "5/a.txt")
    source = SourceConfig(classes={"bad": ("1", "2"), "good": ("5",)})
    corpus = load_folder(folder, source)
    assert count(corpus) == {"train": [0, 0, 1]}
    assert [(item.reason, item.places) for item in corpus.left_out] == [("in no group", ("3/a.txt",))]
    assert corpus.fingerprint == compute_folder_fingerprint(folder, source) != compute_folder_fingerprint(folder)
    known = load_folder(folder, known=corpus.classes)
    assert known.classes == corpus.classes
    assert [item.reason for item in known.left_out] == ["unknown label"]


def test_a_file_without_text_is_left_out_by_its_name(tmp_path: Path) -> None:
    folder = write_texts(tmp_path, "a/1.txt", "b/1.txt", "b/2.txt")
    (folder / "b" / "1.txt").write_text(" \n")
    assert [(item.reason, item.places) for item in load_folder(folder).left_out] == [("no text", ("b/1.txt",))]
    with pytest.raises(DataError, match=r"b/1.txt: no text"):
        load_folder(folder, SourceConfig(strict=True))
