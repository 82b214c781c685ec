"""What a source hands over is whole: its parts, what its labels mean, and a survey that is made once."""

from __future__ import annotations

from pathlib import Path

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus, survey_corpus
from lstm_cli.data.review import Review
from lstm_cli.data.sources import open_source


def test_a_corpus_is_walked_over_in_the_order_of_its_rows_unless_it_was() -> None:
    parts = {
        name: (Review(name, place),) * (place + 1) for place, name in enumerate(("main", "validation", "test"))
    }
    corpus = Corpus("made", "0" * 64, parts["main"], parts["test"], parts["validation"])
    found = survey_corpus(corpus)
    assert found.counts == (1, 2, 3)
    assert found.labels.tolist() == [0, 1, 1, 2, 2, 2]
    assert survey_corpus(Corpus("made", "0" * 64, (), survey=found)) is found


def test_parts_that_it_has_not_are_empty_in_its_survey() -> None:
    found = survey_corpus(Corpus("made", "0" * 64, (Review("a", 1),), validation_reviews=(Review("b", 0),)))
    assert (found.counts, found.labels.tolist()) == ((1, 1, 0), [1, 0])


def test_of_a_corpus_that_says_no_more_the_labels_are_moods_and_nothing_is_left_out() -> None:
    corpus = Corpus("made", "0" * 64, ())
    assert corpus.classes == SENTIMENT
    assert (corpus.test_reviews, corpus.validation_reviews, corpus.reading, corpus.survey) == (None,) * 4
    assert (corpus.left_out, corpus.further_readings) == ((), ())


def test_an_opened_source_tells_its_fingerprint_its_parts_and_its_reviews(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nlovely,pos\ndull,neg\n,neg\n")
    opened = open_source(SourceConfig(dataset=str(path)))
    corpus = opened.load(None)
    assert corpus.fingerprint == opened.compute_fingerprint()
    assert list(corpus.reviews) == [Review("lovely", 1), Review("dull", 0)]
    assert [(left.reason, left.count, left.places) for left in corpus.left_out] == [("no text", 1, (4,))]
    assert list(opened.open_parts()) == ["train"]


def test_the_classes_of_a_model_that_is_to_judge_take_the_place_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nlovely,pos\ndull,neg\n")
    moods = Classes(("pos", "neg", "none"), {"pos": 0, "neg": 1, "none": 2})
    corpus = open_source(SourceConfig(dataset=str(path))).load(moods)
    assert corpus.classes == moods
    assert [review.label for review in corpus.reviews] == [0, 1]
