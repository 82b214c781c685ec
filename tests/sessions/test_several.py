"""Several runs of one command: their folders, which of them still need epochs, and that each has its chance."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lstm_cli.config import load_config
from lstm_cli.errors import ConfigError, OutputError, TrainingError
from lstm_cli.sessions.facts import EpochBegan, RunBegan, RunDiverged
from lstm_cli.sessions.several import list_planned_runs, list_unfinished_runs, plan_runs, resume_runs, train_runs
from lstm_cli.training.run_folder import load_record, save_record


@pytest.fixture
def seeds(config):
    """Configurations that differ in their seed alone."""
    return [
        config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
        for seed in (9, 10, 11)
    ]


@pytest.fixture
def trained(open_session, seeds, train_once):
    """The folder of all seeds, trained."""

    def train(folder):
        session, _ = open_session()
        _, paths = plan_runs(seeds, parent=folder, force=False, session=session)
        several = train_runs(paths, session=session)
        assert (several.planned, len(several.runs), several.diverged) == (3, 3, [])

    return train_once("several", train)


def test_all_are_planned_before_one_is_trained(open_session, seeds, config, tmp_path):
    session, _ = open_session()
    parent, paths = plan_runs(seeds, parent=tmp_path / "all", force=False, session=session)
    assert [path.name for path in paths] == ["seed-9", "seed-10", "seed-11"]
    assert list_planned_runs(parent) == list_unfinished_runs(parent, changes=[]) == paths
    with pytest.raises(ConfigError, match="is not empty"):
        plan_runs(seeds, parent=parent, force=False, session=session)
    other = config.model_copy(update={"name": "other"})
    _, paths = plan_runs([*seeds, other], parent=tmp_path / "models", force=False, session=session)
    assert [str(path.relative_to(tmp_path / "models")) for path in paths[2:]] == ["tiny/seed-11", "other/seed-7"]


def test_finished_runs_are_left_alone_until_there_are_more_epochs(trained):
    with pytest.raises(TrainingError, match="All runs in"):
        list_unfinished_runs(trained, changes=[])
    assert len(list_unfinished_runs(trained, changes=["training.epochs=4"])) == 3


def test_a_run_that_stopped_early_is_over_and_does_not_keep_the_others_from_going_on(open_session, trained):
    path = trained / "seed-9" / "run.json"
    save_record(path, replace(load_record(path), stopped_early=True))
    changes = ["training.epochs=4"]
    paths = list_unfinished_runs(trained, changes=changes)
    assert [path.name for path in paths] == ["seed-10", "seed-11"]
    session, facts = open_session()
    several = train_runs(paths, session=session, changes=changes)
    assert [run.result.record.epochs for run in several.runs] == [4, 4]
    assert [(fact.number, fact.count) for fact in facts if isinstance(fact, RunBegan)] == [(1, 2), (2, 2)]


def test_stopped_while_they_are_extended_all_go_on_as_far(open_session, trained):
    """Whoever goes on need not say again how far; what comes of it is of all."""
    facts = []
    session, _ = open_session(stop_requested=lambda: EpochBegan(4) in facts)
    session.listener = facts.append
    assert resume_runs(trained, session=session, changes=["training.epochs=4"]).runs[-1].result.interrupted
    session, _ = open_session()
    several = resume_runs(trained, session=session)
    assert [run.folder.path.name for run in several.runs] == ["seed-9", "seed-10", "seed-11"]
    assert [run.result.record.epochs for run in several.runs] == [4, 4, 4]
    assert several.planned == 3


def test_a_run_that_stops_early_is_followed_by_the_others(open_session, tiny_config, reviews_csv, tmp_path):
    stopping = "training.early_stopping={patience: 1, min_delta: 10}"  # after the second epoch
    configs = [
        tiny_config(reviews_csv, "training.epochs=4", stopping, f"training.seed={seed}") for seed in (9, 10)
    ]
    session, _ = open_session()
    _, paths = plan_runs(configs, parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert [(run.result.record.epochs, run.result.record.stopped_early) for run in several.runs] == [(2, True)] * 2


def test_a_run_that_diverges_does_not_cost_the_others(open_session, tiny_config, reviews_csv, seeds, tmp_path):
    wild = tiny_config(
        reviews_csv,
        "training.optimizer={name: sgd, learning_rate: 1.0e+30}",
        "model.embedding.embeddings_regularizer.l2=1.0",
    )
    session, facts = open_session()
    _, paths = plan_runs([wild, *seeds[:1]], parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert several.diverged == paths[:1]
    assert [run.folder.path for run in several.runs] == paths[1:]
    assert [fact.path for fact in facts if isinstance(fact, RunDiverged)] == paths[:1]


def test_a_wish_to_stop_ends_all_and_what_was_not_begun_stays_planned(open_session, seeds, tmp_path):
    facts = []
    session, _ = open_session(
        stop_requested=lambda: sum(isinstance(fact, EpochBegan) for fact in facts) == 5  # the second one's second
    )
    session.listener = facts.append
    parent, paths = plan_runs(seeds, parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert [run.result.interrupted for run in several.runs] == [False, True]
    assert list_unfinished_runs(parent, changes=[]) == paths[1:]
    assert json.loads((paths[1] / "run.json").read_text())["epochs"] == 1
    assert not (paths[2] / "run.json").exists()


class TestPlan:
    @pytest.fixture
    def plan(self, open_session, config, tmp_path, monkeypatch):
        """A function: settings of each run, and options → the parent and the runs' folders below it."""
        monkeypatch.chdir(tmp_path)

        def call(*changes, **options):
            session, _ = open_session()
            configs = []
            for change in changes:
                data = config.data.model_copy(update=change.get("data", {}))
                training = config.training.model_copy(update=change.get("training", {}))
                name = change.get("name", config.name)
                configs.append(config.model_copy(update={"name": name, "data": data, "training": training}))
            parent, paths = plan_runs(configs, **({"parent": None, "force": False, "session": session} | options))
            return parent.as_posix(), [path.relative_to(parent).as_posix() for path in paths]

        return call

    def test_without_a_place_it_is_the_models_or_that_of_several_and_never_one_in_use(self, plan):
        seeds = [{"training": {"seed": seed}} for seed in (9, 10)]
        assert plan(*seeds) == ("runs/tiny", ["seed-9", "seed-10"])
        assert plan(*seeds) == ("runs/tiny-2", ["seed-9", "seed-10"])
        assert plan({"name": "a"}, {"name": "b"}) == ("runs/several", ["a", "b"])

    def test_only_what_tells_the_runs_apart_names_them(self, plan):
        folds = [{"data": {"folds": 3, "fold": fold}} for fold in (1, 2, 3)]
        assert plan(*folds)[1] == ["fold-1", "fold-2", "fold-3"]
        assert plan(folds[0] | {"name": "a"}, folds[1] | {"name": "b"})[1] == ["a/fold-1", "b/fold-2"]
        seeds = [{"name": name, "training": {"seed": seed}} for name in "ab" for seed in (1, 2)]
        assert plan(*seeds)[1] == ["a/seed-1", "a/seed-2", "b/seed-1", "b/seed-2"]

    def test_reviews_without_a_place_are_kept_in_the_folder_of_all(self, plan, reviews_csv, tmp_path):
        kept = tmp_path / "aside" / "data.jsonl"
        kept.parent.mkdir()
        text = "".join(f'{{"text": "film {number}", "label": {number % 2}}}\n' for number in range(60))
        kept.write_text(text)
        runs = [{"training": {"seed": seed}, "data": {"dataset": str(kept)}} for seed in (1, 2)]
        _, places = plan(*runs, parent=tmp_path / "all", kept=kept)
        assert not kept.exists()
        assert (tmp_path / "all" / "data.jsonl").read_text() == text
        for place in places:
            kept_config = load_config(tmp_path / "all" / place / "config.yaml")
            assert kept_config.data.dataset == str(tmp_path / "all" / "data.jsonl")
        assert reviews_csv.is_file()

    def test_what_no_file_holds_is_found_before_a_folder_is_made(self, open_session, config, tmp_path):
        embedding = config.model.embedding.model_copy(update={"output_dim": 16_384})
        data = config.data.model_copy(update={"num_words": 1_000_000})
        model = config.model.model_copy(update={"embedding": embedding})
        large = config.model_copy(update={"data": data, "model": model})
        session, _ = open_session()
        with pytest.raises(OutputError, match="Take fewer words"):
            plan_runs([config, large], parent=tmp_path / "all", force=False, session=session)
        assert not (tmp_path / "all").exists()

    def test_used_folders_are_used_again_where_that_is_asked_for(self, plan, tmp_path):
        seeds = [{"training": {"seed": seed}} for seed in (9, 10)]
        plan(*seeds, parent=tmp_path / "all")
        (tmp_path / "all" / "seed-9" / "history.json").touch()
        plan(*seeds, parent=tmp_path / "all", force=True)
        assert not (tmp_path / "all" / "seed-9" / "history.json").exists()


def test_planned_runs_are_listed_by_their_parents_and_numbers(tmp_path):
    numbers = (9, 100, 10, 1, 11, 2)  # neither as they are made nor backwards
    places = [*(f"b/seed-{number}" for number in numbers), "a/fold-10", "a/fold-2", "plain", "x/y/too-deep"]
    for place in places:
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config.yaml").touch()
    assert [path.relative_to(tmp_path).as_posix() for path in list_planned_runs(tmp_path)] == [
        "plain", "a/fold-2", "a/fold-10", "b/seed-1", "b/seed-2", "b/seed-9", "b/seed-10",
        "b/seed-11", "b/seed-100",
    ]  # fmt: skip


def test_where_one_model_leaves_much_to_tensorflow_all_share_the_threads_that_suit_both(
    open_session, tiny_config, reviews_csv, tmp_path, monkeypatch
):
    """What suits the first alone would be settled for the process."""
    started = []
    monkeypatch.setattr(
        "lstm_cli.sessions.several.start_keras_for",
        lambda configs, *, threads: started.append(([one.training.kernel for one in configs], threads)),
    )
    configs = [
        tiny_config(reviews_csv, f"training.kernel={kernel}", f"name={kernel}") for kernel in ("fast", "keras")
    ]
    session, _ = open_session(stop_requested=lambda: True)
    for count in (1, 2):
        _, paths = plan_runs(configs[:count], parent=tmp_path / str(count), force=False, session=session)
        (run,) = train_runs(paths, session=session).runs
        assert (run.config.name, run.result.interrupted) == ("fast", True)
    assert started == [(["fast", "keras"], None)]
