"""One training's life: what is reported, what is kept, and how each beginning ends with the same digits."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_cli.config import load_config, save_config
from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.distributed.cluster import Cluster
from lstm_cli.errors import ConfigError, DataError, DivergedError, ModelFileError, OutputError, TrainingError
from lstm_cli.modelfile.stored_model import load_model_file
from lstm_cli.sessions.facts import (
    BatchesTrained,
    DataRead,
    EpochBegan,
    EpochEnded,
    ModelContinued,
    StateSkipped,
    TrainingBegan,
    TrainingEnded,
    VectorsRead,
)
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns
from lstm_cli.training.run_folder import RunFolder
from lstm_cli.training.state import load_state


def read_history(path):
    history = json.loads((path / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


@pytest.fixture
def reference(open_session, config, train_once):
    """The folder of a training that nothing disturbed."""
    session, _ = open_session()
    return train_once("reference", lambda folder: session.begin(config, output=folder))


def stop_in_epoch(number, facts):
    """Return a wish to stop that comes in the midst of an epoch."""
    return lambda: any(isinstance(fact, EpochBegan) and fact.number == number for fact in facts)


@pytest.fixture
def stopped(open_session, config, train_once):
    """The folder of a training that was stopped in its third epoch."""

    def train(folder):
        facts = []
        session, _ = open_session(stop_requested=stop_in_epoch(3, facts))
        session.listener = facts.append
        result = session.begin(config, output=folder).result
        assert (result.interrupted, result.history.epochs) == (True, 2)

    return train_once("stopped", train)


def test_a_training_reports_its_course_and_prints_nothing(open_session, config, tmp_path, capfd):
    session, facts = open_session()
    capfd.readouterr()
    run = session.begin(config, output=tmp_path / "run")
    assert capfd.readouterr() == ("", "")
    read, began, *course, ended = facts
    assert isinstance(read, DataRead)
    assert isinstance(began, TrainingBegan)
    assert (began.config, began.dataset, began.history.epochs) == (config, read.dataset, 0)
    assert ended == TrainingEnded()
    for kind in (EpochBegan, EpochEnded):
        assert [fact.number for fact in course if isinstance(fact, kind)] == [1, 2, 3]
    batches = [fact.count for fact in course if isinstance(fact, BatchesTrained)]
    size = len(read.dataset.train)
    assert max(batches) == -(-size // config.training.batch_size)
    figures = [fact.figures for fact in course if isinstance(fact, EpochEnded)]
    assert [each["val_loss"] for each in figures] == read_history(run.folder.path)["val_loss"]
    assert run.config == load_config(run.folder.config)


def test_what_was_stopped_goes_on_to_the_same_digits(open_session, stopped, reference):
    session, facts = open_session()
    assert not session.resume(stopped).result.interrupted
    assert read_history(stopped) == read_history(reference)
    (began,) = [fact for fact in facts if isinstance(fact, TrainingBegan)]
    assert began.history.epochs == 2
    assert [fact.number for fact in facts if isinstance(fact, EpochBegan)] == [3]


def test_a_damaged_state_is_told_and_the_one_before_serves(open_session, stopped, reference):
    newest = stopped / "state" / "newest.state"
    newest.write_bytes(newest.read_bytes()[:-9])
    session, facts = open_session()
    session.resume(stopped)
    assert facts.count(StateSkipped()) == 1
    assert read_history(stopped) == read_history(reference)


def test_one_session_goes_on_with_runs_that_began_with_a_model_and_without(
    open_session, config, stopped, tmp_path
):
    session, _ = open_session()
    initial = tmp_path / "initial.h5"
    initial.write_bytes(session.begin(config, output=tmp_path / "first").folder.best_model.read_bytes())
    training = config.training.model_copy(update={"initial_model": str(initial), "epochs": 1})
    with_model = config.model_copy(update={"training": training})
    session.begin(with_model, output=tmp_path / "with")
    assert session.resume(stopped).result.history.epochs == 3
    assert session.resume(tmp_path / "with", changes=["training.epochs=2"]).result.history.epochs == 2


def test_what_is_only_planned_begins_by_resuming(open_session, config, reference, tmp_path):
    folder = RunFolder(tmp_path / "planned", config.name)
    folder.state.mkdir(parents=True)
    save_config(folder.config, config)
    session, _ = open_session()
    session.resume(folder.path)
    assert read_history(folder.path) == read_history(reference)


def test_a_run_that_is_over_or_another_is_not_gone_on_with(open_session, reference, tmp_path):
    session, facts = open_session()
    with pytest.raises(TrainingError, match="has finished all its epochs"):
        session.resume(reference)
    with pytest.raises(ConfigError, match="The run has 3 epochs already"):
        session.resume(reference, changes=["training.epochs=2"])
    others = shutil.copy(load_config(reference / "config.yaml").data.dataset, tmp_path / "others.csv")
    with others.open("a", encoding="utf-8") as file:
        file.write('"another one",1\n')
    with pytest.raises(DataError, match="is not what the run began with"):
        session.resume(reference, changes=["training.epochs=4", f"data.dataset={others}"])
    save_config(reference / "config.yaml", load_config(reference / "config.yaml", overrides=["training.seed=1"]))
    with pytest.raises(ConfigError, match=r"training\.seed changed since the run began"):
        session.resume(reference, changes=["training.epochs=4"])
    assert not [fact for fact in facts if isinstance(fact, TrainingBegan)]


@pytest.mark.parametrize("has_own", [True, False])
def test_a_worker_trains_from_the_chiefs_settings_and_state_and_its_own_copy_of_the_reviews(
    has_own, open_session, config, stopped
):
    told, workers = [], ("first:1", "second:2")
    state, _ = load_state(stopped / "state")
    chief, _ = open_session(cluster=Cluster(workers, 0))
    begun = replace(chief._prepare(config, chief.read(config)), state=state)
    chiefs = chief._agree(begun, SimpleNamespace(broadcast=lambda content: told.append(content) or content))
    worker, facts = open_session(cluster=Cluster(workers, 1))
    own = worker._prepare(config, worker.read(config)) if has_own else None
    inputs = worker._agree(own, SimpleNamespace(broadcast=lambda _: told.pop(0)))
    for agreed in (chiefs, inputs):
        assert (agreed.config, agreed.history) == (config, state.history)
        assert agreed.dataset.fingerprint == begun.dataset.fingerprint
        for variable, kept in zip(agreed.state.variables, state.variables, strict=True):
            np.testing.assert_array_equal(variable, kept)
    assert not told
    assert not facts  # the chief tells for all


def test_a_worker_without_settings_of_its_own_reads_its_reviews_where_they_lie_on_its_machine(
    open_session, config, tmp_path
):
    told, workers = [], ("first:1", "second:2")
    copy = shutil.copy(config.data.dataset, tmp_path / "copy.csv")
    chief, _ = open_session(cluster=Cluster(workers, 0))
    inputs = chief._prepare(config, chief.read(config))
    chief._agree(inputs, SimpleNamespace(broadcast=lambda content: told.append(content) or content))
    worker, _ = open_session(cluster=Cluster(workers, 1))
    replicas = SimpleNamespace(broadcast=lambda _: told.pop(0))
    agreed = worker._agree(None, replicas, changes=[f"data.dataset={copy}", "training.epochs=99"])
    assert agreed.config.data.dataset == str(copy)
    assert agreed.config.training == config.training
    assert agreed.fingerprints == inputs.fingerprints


def test_its_end_is_told_whatever_ends_it(open_session, tiny_config, reviews_csv, tmp_path):
    wild = tiny_config(
        reviews_csv,
        "training.optimizer={name: sgd, learning_rate: 1.0e+30}",
        "model.embedding.embeddings_regularizer.l2=1.0",
    )
    session, facts = open_session()
    with pytest.raises(DivergedError):
        session.begin(wild, output=tmp_path / "wild")
    assert facts[-1] == TrainingEnded()


def _refuse_to_begin(fact):
    if isinstance(fact, TrainingBegan):
        raise KeyboardInterrupt


def test_a_folder_in_which_nothing_came_to_be_is_removed(open_session, config, tmp_path):
    session, _ = open_session()
    session.listener = _refuse_to_begin
    with pytest.raises(KeyboardInterrupt):
        session.begin(config, output=tmp_path / "run")
    assert not (tmp_path / "run").exists()


class TestAttempt:
    """A trial of a sweep, whose folder an earlier attempt, or another trial, may have left."""

    @pytest.fixture
    def attempt(self, open_session):
        def attempt(path, config):
            session, facts = open_session()
            folder = RunFolder(path, config.name)
            with folder.lock():
                session.attempt(config, dataset=session.read(config), folder=folder)
            return [fact.number for fact in facts if isinstance(fact, EpochBegan)]

        return attempt

    def test_the_same_training_goes_on(self, attempt, config, stopped, reference):
        assert attempt(stopped, config) == [3]
        assert read_history(stopped) == read_history(reference)

    def test_it_goes_on_where_its_reviews_lie_elsewhere_now(self, attempt, config, stopped, reference, tmp_path):
        moved = shutil.copy(config.data.dataset, tmp_path / "moved.csv")
        elsewhere = config.model_copy(update={"data": config.data.model_copy(update={"dataset": str(moved)})})
        assert attempt(stopped, elsewhere) == [3]
        assert read_history(stopped) == read_history(reference)
        assert load_config(stopped / "config.yaml") == elsewhere

    @pytest.mark.parametrize("setting", [{"seed": 8}, {"batch_size": 16}, {"epochs": 4}])
    def test_another_training_is_cleared_away(self, attempt, config, stopped, setting):
        other = config.model_copy(update={"training": config.training.model_copy(update=setting)})
        assert attempt(stopped, other) == [*range(1, other.training.epochs + 1)]
        assert load_config(stopped / "config.yaml") == other

    def test_one_that_reads_the_same_reviews_otherwise_is_cleared_away(self, attempt, config, stopped):
        other = config.model_copy(update={"data": config.data.model_copy(update={"maxlen": 9})})
        assert attempt(stopped, other) == [1, 2, 3]

    def test_one_of_other_reviews_is_cleared_away(self, attempt, config, stopped):
        """At the same place, so that the configuration does not tell."""
        record = json.loads((stopped / "run.json").read_text())
        record["fingerprint"] = "0" * 64
        (stopped / "run.json").write_text(json.dumps(record))
        assert attempt(stopped, config) == [1, 2, 3]

    def test_where_nothing_whole_is_left_it_begins(self, attempt, config, stopped, reference):
        for path in (stopped / "state").glob("*.state"):
            path.write_bytes(b"")
        assert attempt(stopped, config) == [1, 2, 3]
        assert read_history(stopped) == read_history(reference)


def test_reviews_are_read_once_for_runs_that_share_them_and_told_once_for_all_folds(open_session, config):
    session, facts = open_session()
    parts = [config.data.model_copy(update={"folds": 3, "fold": fold}) for fold in (1, 2)]
    folds = [config.model_copy(update={"data": data}) for data in parts]
    one, other = (session.read(fold) for fold in folds)
    assert session.read(folds[1]) is other
    assert one.fingerprint == other.fingerprint
    assert len(facts) == 1


def test_as_many_epochs_as_suit_the_reviews_are_a_number_once_a_training_has_begun(
    open_session, tiny_config, tmp_path
):
    """Of ten thousand reviews: 3; kept in the run's configuration, by which it is resumed and tried again."""
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\n" + "".join(f"film{number},{number % 2}\n" for number in range(12_500)))
    config = tiny_config(path, "training.epochs=auto", "training.batch_size=2000", "training.early_stopping=null")
    session, facts = open_session()
    run = session.begin(config, output=tmp_path / "run")
    assert run.result.history.epochs == run.config.training.epochs == 3
    assert load_config(tmp_path / "run" / "config.yaml").training.epochs == 3
    (began,) = (fact for fact in facts if isinstance(fact, TrainingBegan))
    assert began.config == run.config
    again = session.attempt(config, dataset=session.read(config), folder=run.folder)
    assert again.history == run.result.history  # nothing was left to train
    text = (tmp_path / "run" / "config.yaml").read_text().replace("epochs: 3", "epochs: auto")
    (tmp_path / "run" / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match="expected as many epochs as the run began with"):
        session.resume(tmp_path / "run")


def test_what_suits_the_language_is_named_once_a_training_has_begun(open_session, tiny_config, tmp_path):
    """Kept in the run's configuration and in its model; repeated from there, it is in the cache."""
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\n" + "".join(f"정말 재미있는 영화{number},{number % 2}\n" for number in range(60)))
    auto = ["data.tokenizer=auto", "data.ngrams={patterns: auto, C: auto, folds: 2}", "model.logit_skip={}"]
    config = tiny_config(path, *auto, "training.epochs=1")
    session, facts = open_session()
    run = session.begin(config, output=tmp_path / "run")
    kept = load_config(tmp_path / "run" / "config.yaml")
    assert (kept.data.tokenizer, kept.data.language) == ("words-and-signs", "ko")
    assert kept.data.is_settled
    assert kept.data.ngrams.C < 1
    assert load_model_file(run.folder.best_model).encoder.tokenizer == WordsAndSigns("ko")
    assert session.attempt(config, dataset=session.read(config), folder=run.folder).history.epochs == 1
    learning = [fact for fact in facts if isinstance(fact, NgramProgress)]
    other, facts = open_session()
    again = other.begin(kept, output=tmp_path / "again")
    figures = [one.result.history.metrics["loss"] for one in (run, again)]
    assert figures[0] == figures[1]
    assert learning
    assert not [fact for fact in facts if isinstance(fact, NgramProgress)]


def test_all_folds_have_as_many_epochs_though_their_sizes_differ(open_session, tiny_config, tmp_path):
    """Of 1,088 reviews in three folds 725 or 726 are left: by themselves they would have 11 epochs, or 10."""
    draft = tiny_config("any.csv", "training.epochs=auto")
    assert len({draft.settle(reviews=count).training.epochs for count in (725, 726)}) == 2
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\n" + "".join(f"film{number},{number % 2}\n" for number in range(1_088)))
    epochs = set()
    for fold in (1, 2, 3):
        config = tiny_config(
            path, "training.epochs=auto", "data.folds=3", f"data.fold={fold}", "data.validation_split=0",
            "training.batch_size=1000", "training.early_stopping=null",
        )  # fmt: skip
        session, _ = open_session()
        epochs.add(session.begin(config, output=tmp_path / f"{fold}").config.training.epochs)
    assert len(epochs) == 1


class TestOfAnInitialModel:
    @pytest.fixture
    def initial(self, reference, tmp_path):
        """A model file that lies apart from its run."""
        return shutil.copy(reference / "best-tiny-model.h5", tmp_path / "initial.h5")

    @pytest.fixture
    def continued(self, config, initial):
        training = config.training.model_copy(update={"initial_model": str(initial), "epochs": 1})
        return config.model_copy(update={"training": training})

    def test_it_is_told_with_how_many_reviews_it_has_seen(self, open_session, continued, initial, tmp_path):
        session, facts = open_session()
        run = session.begin(continued, output=tmp_path / "run")
        (told,) = (fact for fact in facts if isinstance(fact, ModelContinued))
        assert (told.path, told.train_seen, told.validation_seen) == (initial, 216, 0)
        assert run.result.record.initial_model == hashlib.sha256(initial.read_bytes()).hexdigest()

    def test_a_run_goes_on_from_the_model_with_which_it_began_and_no_other(
        self, open_session, continued, initial, tmp_path
    ):
        open_session()[0].begin(continued, output=tmp_path / "run")
        own = (tmp_path / "run" / "config.yaml").read_text()
        more = ["training.epochs=2"]
        (tmp_path / "run" / "config.yaml").write_text(
            own.replace(f"initial_model: {initial}", "initial_model: null")
        )
        with pytest.raises(ConfigError, match=r"training\.initial_model has gone since the run began"):
            open_session()[0].resume(tmp_path / "run", changes=more)
        (tmp_path / "run" / "config.yaml").write_text(own)
        other = shutil.copy(tmp_path / "run" / "best-tiny-model.h5", tmp_path / "other.h5")
        with pytest.raises(ModelFileError, match=r"other\.h5 is not the model any more with which the run began"):
            open_session()[0].resume(tmp_path / "run", changes=[*more, f"training.initial_model={other}"])
        moved = initial.rename(tmp_path / "moved.h5")
        with pytest.raises(ModelFileError, match=r"initial\.h5, with which the training begins, is not there"):
            open_session()[0].resume(tmp_path / "run", changes=more)
        session, facts = open_session()
        run = session.resume(tmp_path / "run", changes=[*more, f"training.initial_model={moved}"])
        assert run.result.history.epochs == 2
        assert not [fact for fact in facts if isinstance(fact, ModelContinued)], "that was told when it began"

    def test_what_it_does_not_fit_is_found_before_a_folder_is_made(self, open_session, continued, tmp_path):
        longer = continued.model_copy(update={"data": continued.data.model_copy(update={"maxlen": 9})})
        with pytest.raises(ConfigError, match=r"data\.maxlen is 9, and 12 in"):
            open_session()[0].begin(longer, output=tmp_path / "run")
        with pytest.raises(ConfigError, match="whose run would take its place"):
            open_session()[0].begin(continued, output=tmp_path)
        path = tmp_path / "others.csv"
        path.write_text("text,label\n" + "".join(f"film {number},{number % 3}\n" for number in range(90)))
        others = continued.model_copy(update={"data": continued.data.model_copy(update={"dataset": str(path)})})
        with pytest.raises(DataError, match="a model cannot learn new ones"):
            open_session()[0].begin(others, output=tmp_path / "run")
        assert not (tmp_path / "run").exists()


class TestBeginning:
    def test_reviews_without_a_place_are_kept_in_the_folder_of_the_run(self, open_session, tiny_config, tmp_path):
        kept = tmp_path / "data.jsonl"
        kept.write_text("".join(f'{{"text": "film {number}", "label": {number % 2}}}\n' for number in range(90)))
        config = tiny_config(kept, "training.epochs=1")
        session, _ = open_session()
        run = session.begin(config, output=tmp_path / "run", kept=kept)
        assert not kept.exists()
        assert run.config.data.dataset == str(tmp_path / "run" / "data.jsonl")
        assert load_config(tmp_path / "run" / "config.yaml") == run.config
        assert session.resume(tmp_path / "run", changes=["training.epochs=2"]).result.history.epochs == 2

    def test_nothing_of_them_is_left_where_nothing_came_to_be(self, open_session, tiny_config, tmp_path):
        kept = tmp_path / "data.jsonl"
        kept.write_text("".join(f'{{"text": "film {number}", "label": {number % 2}}}\n' for number in range(90)))
        session, _ = open_session()
        session.listener = _refuse_to_begin
        with pytest.raises(KeyboardInterrupt):
            session.begin(tiny_config(kept), output=tmp_path / "run", kept=kept)
        assert not (tmp_path / "run").exists()

    def test_vectors_that_the_embedding_begins_with_are_told_and_kept(self, open_session, config, tmp_path):
        vectors = tmp_path / "mine.txt"
        vectors.write_text("the 1 2 3\na 4 5 6\nzyxwv 7 8 9\n")
        embedding = config.model.embedding.model_copy(update={"vectors": str(vectors)})
        session, facts = open_session()
        model = config.model.model_copy(update={"embedding": embedding})
        run = session.begin(config.model_copy(update={"model": model}), output=tmp_path / "run")
        (told,) = (fact for fact in facts if isinstance(fact, VectorsRead))
        assert (told.path, told.used.found, told.used.words) == (str(vectors), 2, 57)
        assert run.result.record.vectors == told.used

    def test_the_regression_is_learnt_beside_it_where_that_is_asked_for(
        self, open_session, tiny_config, reviews_csv
    ):
        draft = tiny_config(reviews_csv, "training.epochs=1")
        for options, is_learnt in (({}, False), ({"with_baseline": True}, True)):
            session, _ = open_session(**options)
            record = session.begin(draft).result.record
            assert (record.baseline is not None) is is_learnt
        session, _ = open_session(with_baseline=True)
        unvalidated = tiny_config(reviews_csv, "training.epochs=1", "data.validation_split=0")
        assert session.begin(unvalidated).result.record.baseline is None

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def test_a_model_that_no_file_holds_is_found_before_it_is_trained(self, open_session, config, tmp_path):
        embedding = config.model.embedding.model_copy(update={"output_dim": 16_384})
        data = config.data.model_copy(update={"num_words": 1_000_000})
        model = config.model.model_copy(update={"embedding": embedding})
        session, facts = open_session()
        with pytest.raises(OutputError, match="Take fewer words"):
            session.begin(config.model_copy(update={"data": data, "model": model}), output=tmp_path / "run")
        assert not [fact for fact in facts if isinstance(fact, TrainingBegan)]
        assert not (tmp_path / "run").exists()

    def test_a_folder_in_use_is_taken_only_by_force(self, open_session, reference, config):
        session, _ = open_session()
        with pytest.raises(ConfigError, match="is not empty"):
            session.begin(config, output=reference)
        one = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 1})})
        assert session.begin(one, output=reference, force=True).result.history.epochs == 1


class TestOfSeveralWorkers:
    _CLUSTER = ("localhost:1", "localhost:2")

    def test_an_ensemble_is_no_training_of_theirs(self, open_session, config, tmp_path):
        training = config.training.model_copy(update={"ensemble": 2})
        session, _ = open_session(cluster=Cluster(self._CLUSTER, 0))
        with pytest.raises(ConfigError, match=r"Several workers train one model: leave training\.ensemble out"):
            session.begin(config.model_copy(update={"training": training}), output=tmp_path / "run")
        assert not (tmp_path / "run").exists()

    @pytest.mark.parametrize(("task", "told"), [(0, 1), (1, 0)])
    def test_the_chief_tells_for_all_which_reviews_are_read(self, open_session, config, task, told):
        session, facts = open_session(cluster=Cluster(self._CLUSTER, task))
        assert len(session.read(config).train) == 216
        assert len(facts) == told


def test_reviews_are_told_once_even_where_they_are_moved_or_read_with_n_grams(open_session, config, tmp_path):
    session, facts = open_session()
    session.read(config)
    moved = shutil.copy(config.data.dataset, tmp_path / "moved.csv")
    for change in ({"dataset": str(moved)}, {}):
        session.read(config.model_copy(update={"data": config.data.model_copy(update=change)}))
    assert len([fact for fact in facts if isinstance(fact, DataRead)]) == 1
    session.read(config.model_copy(update={"data": config.data.model_copy(update={"maxlen": 9})}))
    assert len([fact for fact in facts if isinstance(fact, DataRead)]) == 2
