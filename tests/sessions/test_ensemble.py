"""An ensemble: members that differ in their seeds alone, one model of all, gone on with after a stop."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from lstm_cli.comparison.runs import load_runs
from lstm_cli.comparison.table import build_tables
from lstm_cli.config import load_config
from lstm_cli.errors import ConfigError, DataError, ModelFileError, TrainingError
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.sessions.ensemble import derive_member
from lstm_cli.sessions.facts import EpochBegan, MemberBegan, MemberEnded

_NGRAMS = (
    "data.ngrams={folds: 3}",
    "model.logit_skip={}",
    "model.embedding.mask_zero=true",
    "model.pooling=[max, mean]",
)


@pytest.fixture(scope="module")
def settings(reviews_csv):
    return (f"data.dataset={reviews_csv}", "training.epochs=2", "training.early_stopping=null", *_NGRAMS)


@pytest.fixture(scope="module")
def config(tiny_config_file, settings):
    return load_config(tiny_config_file, overrides=[*settings, "training.ensemble=3"])


@pytest.fixture(scope="module")
def trained(keras_started, config, tmp_path_factory):  # noqa: ARG001 - quietly, before the import
    """A finished ensemble, and what was told of it."""
    from lstm_cli.sessions.session import Session

    facts = []
    run = Session(facts.append).begin(config, output=tmp_path_factory.mktemp("ensemble") / "run")
    return run, facts


@pytest.fixture(scope="module")
def members(trained):
    run, _ = trained
    paths = [run.folder.path / member.folder for member in run.result.record.members]
    return [load_classifier(path / f"best-{run.config.name}-model.h5") for path in paths]


@pytest.fixture(scope="module")
def whole(trained):
    return load_classifier(trained[0].folder.best_model)


def read_history(path):
    history = json.loads((path / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


def test_members_differ_in_seeds_alone_and_the_first_is_the_model_without_an_ensemble(config):
    one, two, three = (derive_member(config, number) for number in (1, 2, 3))
    assert one == config.model_copy(update={"training": config.training.model_copy(update={"ensemble": None})})
    assert [each.training.seed for each in (one, two, three)] == [config.training.seed + add for add in range(3)]
    assert [each.data.ngrams.fold_seed for each in (one, two, three)] == [0, 1, 2]
    dumps = [json.dumps(each.model_dump(mode="json"), sort_keys=True) for each in (one, two)]
    changed = dumps[1].replace(f'"seed": {two.training.seed}', f'"seed": {one.training.seed}')
    assert changed.replace('"fold_seed": 1', '"fold_seed": 0') == dumps[0]


def test_each_member_is_told_when_it_begins_and_ends(trained):
    run, facts = trained
    told = [(type(fact), fact.number) for fact in facts if isinstance(fact, MemberBegan | MemberEnded)]
    assert told == [(kind, number) for number in (1, 2, 3) for kind in (MemberBegan, MemberEnded)]
    record = json.loads((run.folder.path / "run.json").read_text())
    assert [member["seed"] for member in record["members"]] == [run.config.training.seed + add for add in range(3)]
    assert (
        record["parameters"] == 3 * json.loads((run.folder.path / "members/1/run.json").read_text())["parameters"]
    )


def test_its_probabilities_are_the_mean_of_the_members_on_the_mean_of_their_n_grams(whole, members):
    texts = ["a wonderful film", "the worst waste of time", "zyx", ""]
    encoded = whole.encoder.encode(texts)
    expected = np.mean([member.network.predict_texts(encoded) for member in members], axis=0)
    np.testing.assert_allclose(whole.compute_probabilities(encoded), expected[:, 0], rtol=1e-6)
    tables = [member.encoder.ngrams.weights.astype(np.float64) for member in members]
    np.testing.assert_allclose(whole.encoder.ngrams.weights, np.mean(tables, axis=0), rtol=1e-3, atol=1e-3)
    assert not np.array_equal(tables[0], tables[1]), "other folds say otherwise"


def test_plain_keras_opens_it_as_one_model_that_gives_the_same(trained, whole):
    import keras

    model = keras.models.load_model(trained[0].folder.best_model)
    assert [one.name for one in model.inputs] == ["tokens", "channels", "logit"]
    encoded = whole.encoder.encode(["a wonderful film", "the worst waste of time"])
    channels = np.zeros((*encoded.tokens.shape, encoded.channels.shape[1]), np.float32)
    channels[encoded.tokens != 0] = encoded.channels
    given = model.predict([encoded.tokens, channels, encoded.logits], verbose=0)
    np.testing.assert_allclose(whole.compute_probabilities(encoded), given[:, 0], atol=1e-6)


def test_its_record_has_the_figures_of_all_together_and_its_history_the_members_mean(trained, whole):
    from lstm_cli.data.selection import select_own_part

    run, _ = trained
    validation = select_own_part(
        run.config.data, split="validation", encoder=whole.encoder, fingerprint=None
    ).encoded
    predicted = whole.compute_probabilities(validation) > 0.5
    assert run.result.record.best["val_accuracy"] == np.mean(predicted == validation.labels)
    histories = [read_history(run.folder.path / "members" / str(number)) for number in (1, 2, 3)]
    for name, values in read_history(run.folder.path).items():
        assert values == pytest.approx(np.mean([history[name] for history in histories], axis=0)), name
    assert run.result.record.baseline is not None


def test_it_is_compared_as_one_model_and_its_members_as_seeds_of_another(trained):
    run, _ = trained
    (table,) = build_tables(load_runs([run.folder.path, run.folder.members]), with_baseline=False)
    assert [(row.label, len(row.runs)) for row in table.rows] == [
        ("tiny (training.ensemble=3)", 1),
        ("tiny (training.ensemble=null)", 3),
    ]
    assert table.rows[0].runs[0].figures.val_accuracy == run.result.record.best["val_accuracy"]


@pytest.mark.parametrize("place", [(1, 1), (2, 2)], ids=str)
def test_stopped_in_a_member_it_goes_on_to_the_same_model(open_session, trained, config, tmp_path, place):
    facts = []

    def is_there():
        numbers = {
            kind: next((fact.number for fact in reversed(facts) if isinstance(fact, kind)), 0)
            for kind in (MemberBegan, EpochBegan)
        }
        return (numbers[MemberBegan], numbers[EpochBegan]) == place

    session, _ = open_session(stop_requested=is_there)
    session.listener = facts.append
    stopped = session.begin(config, output=tmp_path / "run")
    assert stopped.result.interrupted
    assert stopped.member == place[0]
    assert not stopped.folder.best_model.exists()
    again, facts = open_session()
    run = again.resume(tmp_path / "run")
    assert not run.result.interrupted
    began = [fact.number for fact in facts if isinstance(fact, MemberBegan)]
    assert began == list(range(place[0], 4)), "what is finished is not trained again"
    assert read_history(tmp_path / "run") == read_history(trained[0].folder.path)
    ours, theirs = (load_classifier(one.folder.best_model).network.members for one in (run, trained[0]))
    for one, other in zip(ours, theirs, strict=True):
        assert all(map(np.array_equal, one.weights, other.weights))


def test_finished_it_is_over_and_can_be_extended(open_session, trained, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(trained[0].folder.path, copy)
    session, _ = open_session()
    with pytest.raises(TrainingError, match="has finished"):
        session.resume(copy)
    run = session.resume(copy, changes=["training.epochs=3"])
    assert run.result.record.epochs == 3
    assert [json.loads((copy / f"members/{number}/run.json").read_text())["epochs"] for number in (1, 2, 3)] == [
        3
    ] * 3


def test_stopped_while_it_is_extended_it_goes_on_with_all_members(open_session, trained, tmp_path):
    """Whoever goes on need not say again how far; the same holds where only the model of all is old."""
    copy = tmp_path / "copy"
    shutil.copytree(trained[0].folder.path, copy)
    facts = []
    session, _ = open_session(stop_requested=lambda: EpochBegan(3) in facts)
    session.listener = facts.append
    assert session.resume(copy, changes=["training.epochs=4"]).member == 1
    session, _ = open_session()
    session.resume(copy)
    records = [json.loads((copy / f"members/{number}/run.json").read_text()) for number in (1, 2, 3)]
    assert [record["epochs"] for record in records] == [4] * 3
    assert len(read_history(copy)["loss"]) == 4
    for name in ("run.json", "history.json", trained[0].folder.best_model.name):
        shutil.copy(trained[0].folder.path / name, copy / name)
    session.resume(copy)
    assert len(read_history(copy)["loss"]) == 4


def test_members_that_would_be_of_other_reviews_or_settings_are_refused(open_session, config, tmp_path):
    reviews = tmp_path / "reviews.csv"
    shutil.copy(config.data.dataset, reviews)
    own = config.model_copy(update={"data": config.data.model_copy(update={"dataset": str(reviews)})})
    facts = []
    session, _ = open_session(stop_requested=lambda: MemberBegan(2, 3) in facts)
    session.listener = facts.append
    assert session.begin(own, output=tmp_path / "run").member == 2
    session, facts = open_session()
    kept = (tmp_path / "run/config.yaml").read_text()
    (tmp_path / "run/config.yaml").write_text(kept.replace("maxlen: 12", "maxlen: 9"))
    with pytest.raises(ConfigError, match=r"data\.maxlen changed since the members began"):
        session.resume(tmp_path / "run")
    (tmp_path / "run/config.yaml").write_text(kept)
    with reviews.open("a", encoding="utf-8") as file:
        file.write('"one more",1\n')
    with pytest.raises(DataError, match="is not what the run began with"):
        session.resume(tmp_path / "run")
    assert not [fact for fact in facts if isinstance(fact, MemberBegan)]


def test_members_that_began_otherwise_are_no_ensemble(trained, tmp_path):
    from lstm_cli.sessions.ensemble import list_members
    from lstm_cli.training.ensemble import save_ensemble
    from lstm_cli.training.run_folder import RunFolder, load_record, save_record

    copy = tmp_path / "copy"
    shutil.copytree(trained[0].folder.path, copy)
    folder = RunFolder(copy, "tiny")
    members = list_members(trained[0].config, folder=folder)
    save_record(members[1].record, replace(load_record(members[1].record), initial_model="0" * 64))
    with pytest.raises(TrainingError, match="other reviews, other vectors or another model"):
        save_ensemble(trained[0].config, folder=folder, members=members)


def test_what_begins_with_a_model_reads_with_its_n_grams_in_every_member(open_session, trained, tmp_path):
    member = load_config(trained[0].folder.path / "members/2/config.yaml")
    model = trained[0].folder.path / "members/2/best-tiny-model.h5"
    changes = {"initial_model": str(model), "ensemble": 2, "epochs": 1}
    config = member.model_copy(update={"training": member.training.model_copy(update=changes)})
    session, _ = open_session()
    run = session.begin(config, output=tmp_path / "run")
    tables = load_classifier(model).encoder.ngrams
    assert load_classifier(run.folder.best_model).encoder.ngrams.dump() == tables.dump()


def test_where_only_the_model_of_all_is_missing_it_is_written(open_session, trained, tmp_path):
    """As after a kill between the last member and it; in float32, whatever the program asks Keras for."""
    import keras

    copy = tmp_path / "copy"
    shutil.copytree(trained[0].folder.path, copy)
    for name in ("run.json", "history.json", trained[0].folder.best_model.name):
        (copy / name).unlink()
    session, facts = open_session()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        run = session.resume(copy)
    finally:
        keras.config.set_dtype_policy(before)
    assert not [fact for fact in facts if isinstance(fact, MemberBegan)]
    layers = keras.models.load_model(run.folder.best_model, compile=False).layers
    assert {layer.compute_dtype for layer in layers} == {"float32"}
    ours, theirs = (load_classifier(one.folder.best_model).network.members for one in (run, trained[0]))
    for one, other in zip(ours, theirs, strict=True):
        assert all(map(np.array_equal, one.weights, other.weights))


def test_trained_anew_with_force_nothing_of_the_members_is_left(
    open_session, trained, tmp_path, tiny_config_file, settings
):
    copy = tmp_path / "copy"
    shutil.copytree(trained[0].folder.path, copy)
    session, _ = open_session()
    session.begin(load_config(tiny_config_file, overrides=settings), output=copy, force=True)
    assert not (copy / "members").exists()


def test_it_is_not_begun_with_nor_tried_in_a_sweep(open_session, trained, config):
    from lstm_cli.sessions.initial_model import load_initial_model

    with pytest.raises(ModelFileError, match="members/1"):
        load_initial_model(trained[0].folder.best_model)
    session, _ = open_session()
    with pytest.raises(ConfigError, match="sweep"):
        session.attempt(config, dataset=session.read(config), folder=trained[0].folder)
