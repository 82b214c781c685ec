"""Several data sets become one, and parts of one's own take the place of those that are drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_cli.config import Config, DataConfig, SourceConfig, load_data_config
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.data.sources import compute_fingerprint, load_corpus, locate_dataset
from lstm_cli.errors import DataError

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function: a file's name, texts with labels, and an encoding → the path of a CSV file of them."""

    def call(name: str, *rows: tuple[str, object], header: str = "text,label", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [header, *(f"{text},{label}" for text, label in rows)]
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return str(path)

    return call


def number_rows(count: int, *, of: str = "film") -> list[tuple[str, object]]:
    return [(f"{of} {number}", number % 2) for number in range(count)]


def list_texts(corpus: Corpus) -> list[str]:
    return [review.text for review in corpus.reviews]


class TestSeveral:
    def test_they_are_read_one_after_the_other_each_as_it_is_written(self, write: Write) -> None:
        """Another encoding, other columns and another form are found for each; what differs is told."""
        first = write("first.csv", ("fine", 1), ("dull", 0))
        second = write("second.csv", ("schön", 1), ("öde", 0), header="bewertung,gut", encoding="cp1252")
        third = Path(first).with_name("third.jsonl")
        third.write_text('{"review": "grand", "sentiment": "pos"}\n')
        corpus = load_corpus(SourceConfig(dataset=[first, second, str(third)]))
        assert list_texts(corpus) == ["fine", "dull", "schön", "öde", "grand"]
        assert [review.label for review in corpus.reviews] == [1, 0, 1, 0, 1]
        assert corpus.name == "first.csv and 2 more"
        assert [line.partition(",")[0] for line in corpus.further_readings] == [
            "second.csv: read as cp1252",
            "third.jsonl: read as utf-8",
        ]

    def test_their_classes_are_those_of_all(self, write: Write) -> None:
        paths = [write("low.csv", ("a", 1), ("b", 2)), write("high.csv", ("c", 3), ("d", 5))]
        corpus = load_corpus(SourceConfig(dataset=paths))
        assert corpus.name == "low.csv and high.csv"
        assert corpus.classes.names == ("1", "2", "3", "5")
        assert [review.label for review in corpus.reviews] == [0, 1, 2, 3]

    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            ([("neg", "pos"), ("no", "yes"), ("1", "0")], ("negative", "positive")),
            ([("1", "2"), ("False", "True"), ("2", "1")], ("negative", "positive")),
            ([("no", "no"), ("yes", "yes")], ("negative", "positive")),
            ([("1", "2"), ("0", "1")], ("0", "1", "2")),
            ([("0", "4"), ("0", "1")], ("0", "1", "4")),
            ([("no", "yes"), ("no", "maybe")], ("maybe", "no", "yes")),
        ],
    )
    def test_the_usual_pairs_are_the_same_classes_however_each_spells_them(
        self, write: Write, labels: list[tuple[str, str]], names: tuple[str, ...]
    ) -> None:
        paths = [write(f"{n}.csv", *((f"{n} {label}", label) for label in of)) for n, of in enumerate(labels)]
        assert load_corpus(SourceConfig(dataset=paths)).classes.names == names

    def test_a_named_set_a_folder_of_classes_and_a_file_go_together(self, write: Write, tmp_path: Path) -> None:
        for label in ("neg", "pos"):
            (tmp_path / "folder" / label).mkdir(parents=True)
            (tmp_path / "folder" / label / "1.txt").write_text(f"so {label}")
        (tmp_path / "folder" / "neg" / "2.txt").write_text(" ")
        datasets = ["imdb", str(tmp_path / "folder"), write("a.csv", ("fine", "yes"), ("dull", "no"))]
        corpus = load_corpus(SourceConfig(dataset=datasets))
        assert len(list_texts(corpus)) == 25_004
        assert list_texts(corpus)[25_000:] == ["so neg", "so pos", "fine", "dull"]
        assert [review.label for review in corpus.reviews][24_999:] == [1, 0, 1, 1, 0]
        assert [item.reason for item in corpus.left_out] == ["no text"]
        assert corpus.further_readings[-1].startswith("a.csv: read as")

    def test_the_parts_of_folders_stay_their_parts(self, write: Write, tmp_path: Path) -> None:
        write("own/train.csv", *number_rows(4))
        write("own/test.csv", ("kept", 1), ("apart", 0))
        corpus = load_corpus(
            SourceConfig(dataset=[str(tmp_path / "own"), write("more.csv", *number_rows(2, of="x"))])
        )
        assert list_texts(corpus) == [*(f"film {n}" for n in range(4)), "x 0", "x 1"]
        assert [review.text for review in corpus.test_reviews or ()] == ["kept", "apart"]

    def test_the_fingerprint_is_of_all_in_their_order_and_known_without_parsing(self, write: Write) -> None:
        one, other = write("one.csv", *number_rows(4)), write("other.csv", *number_rows(4, of="x"))
        sources = [SourceConfig(dataset=names) for names in (one, [one, other], [other, one], [one, one])]
        fingerprints = [compute_fingerprint(source) for source in sources]
        assert fingerprints == [load_corpus(source).fingerprint for source in sources]
        assert len(set(fingerprints)) == 4

    def test_a_list_of_one_is_that_one(self, write: Write) -> None:
        """So that its digits and its fingerprint are those of the file alone."""
        path = write("one.csv", *number_rows(4))
        assert load_data_config([f"data.dataset={json.dumps([path])}"]).dataset == path
        assert load_data_config([f"data.dataset={json.dumps([path, path])}"]).datasets == (path, path)


class TestOwnParts:
    def test_they_take_the_place_of_those_that_are_drawn(self, write: Write) -> None:
        source = DataConfig(
            dataset=write("train.csv", *number_rows(30)),
            validation=write("later.csv", ("well", "pos"), ("ill", "neg"), header="review,sentiment"),
            test=write("last.csv", ("best", 1), ("worst", 0), ("worst", 0)),
            maxlen=4,
        )
        splits = load_splits(source)
        assert [review.text for review in splits.validation] == ["well", "ill"]
        assert [review.label for review in splits.validation] == [1, 0]
        assert [review.text for review in splits.test] == ["best", "worst", "worst"]
        assert sorted(review.text for review in splits.train) == sorted(f"film {n}" for n in range(30))
        dataset = load_dataset(source)
        assert dataset.name == "train.csv"
        assert dataset.further_readings == load_dataset(source).further_readings  # from the cache too

    def test_texts_of_theirs_are_not_trained_on(self, write: Write) -> None:
        splits = load_splits(
            DataConfig(
                dataset=write("train.csv", *number_rows(30)),
                validation=write("validation.csv", ("film 1", 1), ("film 2", 0), ("film 3", 1)),
                test=write("test.csv", ("film 3", 1), ("film 4", 0)),
            )
        )
        assert {review.text for review in splits.validation} == {"film 1", "film 2"}
        assert {review.text for review in splits.train}.isdisjoint(f"film {n}" for n in (1, 2, 3, 4))
        assert len(splits.train) == 26

    def test_one_alone_leaves_the_other_to_be_drawn(self, write: Write) -> None:
        path, own = write("train.csv", *number_rows(50)), write("own.csv", ("best", 1), ("worst", 0))
        with_test, with_validation = (DataConfig(dataset=path, **{part: own}) for part in ("test", "validation"))
        assert [len(part) for part in vars(load_splits(with_test)).values()] == [40, 10, 2]
        assert [len(part) for part in vars(load_splits(with_validation)).values()] == [45, 2, 5]

    def test_labels_mean_what_they_mean_in_the_main_data(self, write: Write) -> None:
        """1 and 2 are negative and positive there; alone, the other file would call its 1 positive."""
        main = write("main.csv", *((f"film {n}", n % 2 + 1) for n in range(10)))
        test = write("test.csv", ("fine", 2), ("dull", 1), ("odd", 0))
        corpus = load_corpus(SourceConfig(dataset=main, test=test))
        assert [(review.text, review.label) for review in corpus.test_reviews or ()] == [("fine", 1), ("dull", 0)]
        assert [(item.reason, item.count, item.places) for item in corpus.left_out] == [
            ("unknown label", 1, ("test.csv, line 4",))
        ]

    def test_groups_of_labels_are_those_of_every_part(self, write: Write) -> None:
        main = write("main.csv", *((f"film {n}", n % 5 + 1) for n in range(20)))
        test = write("test.csv", ("fine", 4), ("dull", 2), ("so so", 3))
        classes = {"negative": ("1", "2"), "positive": ("4", "5")}
        corpus = load_corpus(SourceConfig(dataset=main, test=test, classes=classes))
        assert [review.label for review in corpus.test_reviews or ()] == [1, 0]
        assert {item.reason: item.count for item in corpus.left_out} == {"in no group": 5}

    def test_a_part_replaces_the_data_sets_own_and_may_be_a_folder_s(self, write: Write, tmp_path: Path) -> None:
        for name in ("one", "other"):
            write(f"{name}/train.csv", *number_rows(6, of=name))
            write(f"{name}/test.csv", (f"{name} good", 1), (f"{name} bad", 0))
        one, other = str(tmp_path / "one"), str(tmp_path / "other")
        corpus = load_corpus(SourceConfig(dataset=one, test=other))
        assert [review.text for review in corpus.test_reviews or ()] == ["other good", "other bad"]
        assert len(list_texts(corpus)) == 6
        with pytest.raises(DataError, match=r"other has the parts train and test, but no validation part"):
            load_corpus(SourceConfig(dataset=one, validation=other))

    @pytest.mark.parametrize("rows", [[("odd", "maybe")], [(" ", 1)]])
    def test_a_file_without_a_row_that_serves_is_refused(
        self, write: Write, rows: list[tuple[str, object]]
    ) -> None:
        main, test = write("main.csv", *number_rows(6)), write("test.csv", *rows)
        for part in ("validation", "test"):
            with pytest.raises(DataError, match=r"test\.csv: expected reviews of negative, positive, found none"):
                load_corpus(SourceConfig(dataset=main, **{part: test}))

    def test_every_place_is_part_of_the_fingerprint(self, write: Write) -> None:
        main, more = write("main.csv", *number_rows(6)), write("more.csv", *number_rows(4, of="x"))
        sources = [
            SourceConfig(dataset=main),
            SourceConfig(dataset=[main, more]),
            SourceConfig(dataset=main, validation=more),
            SourceConfig(dataset=main, test=more),
        ]
        fingerprints = [compute_fingerprint(source) for source in sources]
        assert fingerprints == [load_corpus(source).fingerprint for source in sources]
        assert len(set(fingerprints)) == 4

    def test_all_places_become_absolute(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_config: Callable[..., Config]
    ) -> None:
        for name in ("main.csv", "more.csv", "validation.csv", "test.csv"):
            write(name, ("a", 1), ("b", 0))
        monkeypatch.chdir(tmp_path)
        (tmp_path / "vectors.txt").touch()
        own = ["data.validation=validation.csv", "data.test=test.csv", "model.embedding.vectors=vectors.txt"]
        config = tiny_config("main.csv", *own)
        datasets = ("main.csv", "imdb", "more.csv")
        config = config.model_copy(update={"data": config.data.model_copy(update={"dataset": datasets})})
        located = locate_dataset(config)
        data = located.data
        assert data.datasets == (str(tmp_path / "main.csv"), "imdb", str(tmp_path / "more.csv"))
        assert (data.validation, data.test) == (str(tmp_path / "validation.csv"), str(tmp_path / "test.csv"))
        assert located.model.embedding.vectors == str(tmp_path / "vectors.txt")
