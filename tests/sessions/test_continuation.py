"""A run goes on only as what it began as: with its settings, its reviews and something left to train."""

from __future__ import annotations

import shutil

import pytest

from lstm_cli.config import save_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.sources import compute_fingerprint
from lstm_cli.errors import ConfigError, DataError, TrainingError
from lstm_cli.history import History
from lstm_cli.sessions.continuation import check_continuation, check_reviews, load_located
from lstm_cli.training.run_folder import RunRecord
from lstm_cli.training.state import TrainingState


def draft_record(**known):
    facts = {"dataset": "reviews.csv", "fingerprint": "ab" * 32, "reviews": {}, "parameters": 9, "versions": {}}
    return RunRecord(model="tiny", seed=7, kernel="fast", device="CPU", **(facts | known))


class TestLocated:
    @pytest.fixture
    def own(self, tiny_config, reviews_csv, tmp_path):
        """A run's folder, whose reviews lie beside it, and their fingerprint."""
        data = shutil.copy(reviews_csv, tmp_path / "own.csv")
        (tmp_path / "run").mkdir()
        save_config(tmp_path / "run" / "config.yaml", tiny_config(data))
        return tmp_path / "run", compute_fingerprint(str(data))

    def test_nothing_changed_they_are_where_they_were(self, own, tmp_path):
        path, fingerprint = own
        for known in (fingerprint, None):
            config = load_located(path, changes=["training.epochs=9"], fingerprint=known)
            assert (config.data.dataset, config.training.epochs) == (str(tmp_path / "own.csv"), 9)

    def test_moved_they_are_where_the_user_says(self, own, tmp_path):
        path, fingerprint = own
        moved = (tmp_path / "own.csv").rename(tmp_path / "moved.csv")
        for known in (fingerprint, None):
            config = load_located(path, changes=[f"data.dataset={moved}"], fingerprint=known)
            assert config.data.dataset == str(moved)

    def test_several_that_were_moved_are_known_by_what_they_hold_in_any_order(self, own, tiny_config, tmp_path):
        path, _ = own
        for name, label in (("one", 0), ("two", 1)):
            (tmp_path / f"{name}.csv").write_text(f"text,label\n{name},{label}\n")
        places = [str(tmp_path / f"{name}.csv") for name in ("one", "two")]
        began = tiny_config("reviews.csv")
        began = began.model_copy(update={"data": began.data.model_copy(update={"dataset": tuple(places)})})
        save_config(path / "config.yaml", began)
        fingerprint = compute_fingerprint(began.data)
        moved = [shutil.move(place, place.replace(".csv", "-moved.csv")) for place in places]
        changes = [f"data.dataset=[{', '.join(reversed(moved))}]"]
        assert load_located(path, changes=changes, fingerprint=fingerprint).data.dataset == tuple(moved)

    def test_where_the_user_names_other_reviews_they_are_for_the_check_to_refuse(self, own, tmp_path):
        path, fingerprint = own
        other = tmp_path / "other.csv"
        other.write_text("text,label\nfine,1\nbad,0\n")
        config = load_located(path, changes=[f"data.dataset={other}"], fingerprint=fingerprint)
        assert config.data.dataset == str(other)

    def test_those_that_a_run_keeps_are_found_in_its_folder_wherever_that_lies_now(self, own, tiny_config):
        path, _ = own
        save_config(path / "config.yaml", tiny_config("/gone/data.jsonl"))
        (path / "data.jsonl").write_text('{"text": "fine", "label": 1}\n{"text": "bad", "label": 0}\n')
        fingerprint = compute_fingerprint(str(path / "data.jsonl"))
        for known in (fingerprint, None):
            assert load_located(path, changes=[], fingerprint=known).data.dataset == str(path / "data.jsonl")

    def test_a_run_that_began_with_no_model_takes_none_later(self, own, tiny_config):
        path, fingerprint = own
        changes = ["training.initial_model=model.h5"]
        with pytest.raises(ConfigError, match="run begins with no model: leave --from out, or train anew"):
            load_located(path, changes=changes, fingerprint=fingerprint)
        save_config(path / "config.yaml", tiny_config("reviews.csv", "training.initial_model=old.h5"))
        config = load_located(path, changes=changes, fingerprint=None)
        assert config.training.initial_model == "model.h5"


def test_other_reviews_than_those_of_the_beginning_are_refused(tiny_config, reviews_csv):
    config = tiny_config(reviews_csv)
    dataset = load_dataset(config.data)
    check_reviews(dataset, config, record=draft_record(fingerprint=dataset.fingerprint))
    for fingerprint in ("00" * 32, "ff" * 32):
        with pytest.raises(DataError, match=r"reviews\.csv is not what the run began with\. Name with --data"):
            check_reviews(dataset, config, record=draft_record(fingerprint=fingerprint))


class TestContinuation:
    @pytest.fixture
    def check(self, tiny_config, tmp_path):
        """A function: settings now, epochs that are behind and what the record says → the check, of 3 epochs."""

        def call(*changes, epochs=2, **known):
            began = tiny_config("reviews.csv", "training.epochs=3")
            state = TrainingState(History({"loss": (0.5,) * epochs}), (), began.model_dump(mode="json"))
            now = tiny_config("reviews.csv", "training.epochs=3", *changes)
            check_continuation(tmp_path / "run", now, record=draft_record(**known), state=state)

        return call

    @pytest.mark.parametrize(
        ("changes", "known"),
        [
            ((), {}),
            ((), {"epochs": 3}),  # killed before it was told that all are trained
            (("training.epochs=4",), {"epochs": 3, "finished": True}),
            (("training.epochs=2",), {}),
            (("data.dataset=elsewhere.csv",), {}),
        ],
    )
    def test_what_has_something_left_to_train_goes_on(self, check, changes, known):
        check(*changes, **known)

    @pytest.mark.parametrize(
        ("changes", "known", "message"),
        [
            (("training.seed=8",), {}, r"run/config\.yaml: training\.seed changed since the run began"),
            (
                ("data.maxlen=9", "training.seed=8"),
                {},
                r"config\.yaml: data\.maxlen, training\.seed changed since the run began: it would be another run",
            ),
            (("training.epochs=auto",), {}, "expected as many epochs as the run began with, got auto"),
            (("training.epochs=2",), {"epochs": 3}, "The run has 3 epochs already; --epochs must be more"),
        ],
    )
    def test_what_would_be_another_run_is_refused(self, check, changes, known, message):
        with pytest.raises(ConfigError, match=message):
            check(*changes, **known)

    @pytest.mark.parametrize(
        ("changes", "known", "message"),
        [
            ((), {"epochs": 3, "finished": True}, "run has finished all its epochs. To extend it, give more"),
            ((), {"epochs": 2, "finished": True, "stopped_early": True}, "run has finished by early stopping"),
            (("training.epochs=9",), {"finished": True, "stopped_early": True}, "its patience would end it again"),
        ],
    )
    def test_what_is_over_is_not_gone_on_with(self, check, changes, known, message):
        with pytest.raises(TrainingError, match=message):
            check(*changes, **known)
