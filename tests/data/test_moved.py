"""Data that were moved are known by what they hold, as a whole, in whatever order their places are named."""

from __future__ import annotations

import shutil
from itertools import permutations

import pytest

from lstm_cli.config import DataConfig, SourceConfig
from lstm_cli.data.moved import Fingerprints, find_kept, find_moved, find_named
from lstm_cli.data.sources import compute_fingerprint

NAMES = ("one", "two", "validation", "test")


@pytest.fixture
def places(tmp_path):
    """Four files of reviews."""
    for name in NAMES:
        rows = "".join(f"{name} film {number},{number % 2}\n" for number in range(6))
        (tmp_path / f"{name}.csv").write_text(f"text,label\n{rows}")
    return {name: str(tmp_path / f"{name}.csv") for name in NAMES}


@pytest.fixture
def own(places):
    """The settings of a model that was trained on all of them."""
    return DataConfig(
        dataset=(places["one"], places["two"]), validation=places["validation"], test=places["test"], maxlen=7
    )


@pytest.fixture
def move(places):
    """A function: which files → these lie elsewhere, under other names; and where each lies now."""

    def call(*names):
        now = dict(places)
        for number, name in enumerate(names):
            now[name] = places[name].replace(f"{name}.csv", f"moved-{number}.csv")
            shutil.move(places[name], now[name])
        return now

    return call


def list_all(config):
    return [*config.datasets, config.validation, config.test]


@pytest.mark.parametrize("names", [NAMES, ("two",), ("test",), ("one", "validation")])
def test_they_are_found_in_any_order(names, own, move):
    fingerprint = compute_fingerprint(own)
    now = move(*names)
    for order in permutations(names):
        found = find_moved(own, fingerprint=fingerprint, places=[now[name] for name in order], takes_all=True)
        assert list_all(found) == [now[name] for name in NAMES]
        assert found.maxlen == 7


def test_they_are_found_among_others(own, move, tmp_path):
    fingerprint = compute_fingerprint(own)
    now = move("one", "test")
    other = tmp_path / "other.csv"
    other.write_text("text,label\nso good,1\nso bad,0\n")
    broken = tmp_path / "broken.txt"
    broken.write_text("neither\n")
    pool = [str(other), now["test"], str(broken), now["one"]]
    assert list_all(find_moved(own, fingerprint=fingerprint, places=pool)) == [now[name] for name in NAMES]
    assert find_moved(own, fingerprint=fingerprint, places=pool, takes_all=True) is None
    assert find_moved(own, fingerprint=fingerprint, places=pool[:3]) is None
    assert find_moved(own, fingerprint="0" * 64, places=pool) is None


def test_what_is_whole_at_its_place_needs_no_other(own, places):
    assert find_moved(own, fingerprint=compute_fingerprint(own), places=[]) == own
    (first, *_) = places.values()
    assert find_moved(own, fingerprint="0" * 64, places=[first]) is None


@pytest.mark.parametrize(
    ("moved", "data", "parts"),
    [
        ((), ("one", "two"), {}),
        ((), ("two", "one"), {}),
        ((), ("one", "two"), {"test": "test"}),
        (("one", "two"), ("one", "two"), {}),
        (("test",), ("test",), {}),
        (("test",), ("one", "two"), {"test": "test"}),
        (("one", "test"), ("one",), {"test": "test"}),
        (NAMES, ("one", "two"), {"validation": "validation", "test": "test"}),
        (NAMES, ("test", "validation", "two", "one"), {}),
    ],
)
def test_a_user_names_them_all_or_what_was_moved(moved, data, parts, own, move):
    fingerprint = compute_fingerprint(own)
    now = move(*moved)
    named = SourceConfig(
        dataset=tuple(now[name] for name in data), **{part: now[name] for part, name in parts.items()}
    )
    assert list_all(find_named(own, named, fingerprint=fingerprint)) == [now[name] for name in NAMES]


@pytest.mark.parametrize(
    ("data", "parts"), [(("two",), {}), (("test",), {}), (("one",), {"test": "test"}), (("one", "test"), {})]
)
def test_some_of_what_is_still_in_its_place_is_other_data(data, parts, own, places):
    """Who names one file of several wants to be judged on that file."""
    named = SourceConfig(
        dataset=tuple(places[name] for name in data), **{part: places[name] for part, name in parts.items()}
    )
    assert find_named(own, named, fingerprint=compute_fingerprint(own)) is None


def test_a_part_that_the_model_did_not_have_makes_other_data(places):
    own = DataConfig(dataset=places["one"])
    named = SourceConfig(dataset=places["one"], test=places["test"])
    assert find_named(own, named, fingerprint=compute_fingerprint(own)) is None


def test_where_no_fingerprint_is_known_it_is_that_of_what_lies_there(places, tmp_path):
    own = DataConfig(dataset=places["one"])
    copy = str(shutil.copy(places["one"], tmp_path / "copy.csv"))
    assert find_named(own, SourceConfig(dataset=copy), fingerprint=None).dataset == copy
    assert find_named(own, SourceConfig(dataset=places["two"]), fingerprint=None) is None
    gone = DataConfig(dataset=str(tmp_path / "gone.csv"))
    assert find_named(gone, SourceConfig(dataset=copy), fingerprint=None) is None


def test_what_is_whole_in_part_has_no_fingerprint(places, tmp_path):
    """Nor is it what another data set with a gap is."""
    gaps = [DataConfig(dataset=(places["one"], str(tmp_path / name))) for name in ("gone.csv", "lost.csv")]
    assert Fingerprints().compute(gaps[0]) is None
    assert find_named(gaps[0], SourceConfig(dataset=gaps[1].dataset), fingerprint=None) is None


def test_the_places_that_the_model_has_are_its_own_whatever_lies_there_now(own):
    """That they have changed is another's to say."""
    named = SourceConfig(dataset=own.dataset)
    assert find_named(own, named, fingerprint="0" * 64) == own


def test_a_place_is_walked_over_once_however_it_is_tried(own, monkeypatch):
    from lstm_cli.data import moved

    opened = []
    real = moved.open_place
    monkeypatch.setattr(moved, "open_place", lambda place, source: opened.append(place) or real(place, source))
    fingerprints = Fingerprints()
    for maxlen in (7, 9):  # which does not change how a file is read
        changed = own.model_copy(update={"maxlen": maxlen})
        places = list(reversed(list_all(own)))
        assert find_moved(changed, fingerprint="0" * 64, places=places, fingerprints=fingerprints) is None
    assert sorted(opened) == sorted(list_all(own))
    assert fingerprints.compute(own) == compute_fingerprint(own)


@pytest.mark.parametrize("depth", ["", "gru", "gru/seed-1"])
def test_what_a_run_keeps_is_found_beside_or_above_it(depth, tmp_path):
    folder = tmp_path / "now" / depth
    folder.mkdir(parents=True)
    own = DataConfig(dataset=(str(tmp_path / "then" / "data.jsonl"), "imdb"), test=str(tmp_path / "t.csv"))
    assert find_kept(own, folder=folder) == own
    (tmp_path / "now" / "data.jsonl").write_text("{}\n")
    found = find_kept(own, folder=folder)
    assert found.datasets == (str(tmp_path / "now" / "data.jsonl"), "imdb")
    assert found.test == own.test
    (tmp_path / "then").mkdir()
    (tmp_path / "then" / "data.jsonl").write_text("{}\n")
    assert find_kept(own, folder=folder) == own  # where it lay, it is still
