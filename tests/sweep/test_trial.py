"""One trial: a run folder as any training has, gone on with by whoever gets it, ended where Optuna says so."""

from __future__ import annotations

import json
from contextlib import ExitStack

import optuna
import pytest
from optuna.trial import TrialState

from lstm_cli.config import load_config
from lstm_cli.errors import TrainingError
from lstm_cli.sweep.definition import load_sweep
from lstm_cli.sweep.study import list_slots
from lstm_cli.sweep.worker import train_next
from lstm_cli.training.run_folder import RunFolder

pytestmark = pytest.mark.usefixtures("keras_started")

_BASE = """
base:
  data: {{dataset: {reviews}, num_words: 60, maxlen: 12}}
  model:
    embedding: {{output_dim: 3, embeddings_regularizer: {{l2: 1.0}}}}
    recurrent: [{{cell: gru, units: 2, dropout: 0.3}}]
  training: {{optimizer: {optimizer}, epochs: 3, early_stopping: null, seed: 7}}
search_space: {{training.batch_size: [36]}}
trials: 1
"""


class Never(optuna.pruners.BasePruner):
    """Ends no trial, and remembers at which epochs it was asked."""

    def __init__(self):
        self.asked = []

    def prune(self, study, trial):  # noqa: ARG002 - Optuna's signature
        self.asked.append(trial.last_step)
        return False


class AtOnce(Never):
    """Ends every trial."""

    def prune(self, study, trial):
        super().prune(study, trial)
        return True


@pytest.fixture
def open_trials(reviews_csv, tmp_path):
    """A function: Optuna's pruner, and the optimiser → a study, and a function that trains its next trial."""
    from lstm_cli.sweep.trial import TrialSetting

    def open_them(pruner, *, optimizer="{name: adam, learning_rate: 0.01}"):
        path = tmp_path / "tiny.yaml"
        path.write_text(_BASE.format(reviews=reviews_csv, optimizer=optimizer), encoding="utf-8")
        sweep = load_sweep(path)
        study = optuna.create_study(pruner=pruner)

        def train(*, stop_requested=lambda: False):
            setting = TrialSetting(sweep, tmp_path / "out", "here:1", threads=1, stop_requested=stop_requested)
            train_next(study, setting=setting)
            return study.trials[-1]

        return study, train

    return open_them


def read_record(path):
    return json.loads((path / "run.json").read_text())


def read_history(path):
    history = json.loads((path / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


def test_a_trial_is_a_run_whose_best_figure_counts(open_trials, tmp_path):
    pruner = Never()
    _, train = open_trials(pruner)
    trial = train()
    folder, record = tmp_path / "out" / "trial-1", read_record(tmp_path / "out" / "trial-1")
    assert trial.value == record["best"]["val_loss"] == min(read_history(folder)["val_loss"])
    assert trial.user_attrs["folder"] == str(folder)
    assert (trial.user_attrs["epochs"], record["finished"], pruner.asked) == (3, True, [1, 2, 3])


def test_one_that_was_stopped_is_queued_again_and_goes_on_to_the_same_digits(open_trials, tmp_path):
    study, train = open_trials(pruner := Never())
    stopped = train(stop_requested=lambda: len(pruner.asked) == 2)
    assert stopped.state == TrialState.WAITING  # the next attempt, in the queue
    again = train()
    assert again.state == TrialState.COMPLETE
    assert [len(slot.attempts) for slot in list_slots(study)] == [2]
    # What the first attempt trained is told again: the pruner compares at every epoch.
    assert pruner.asked == [1, 2, 1, 2, 3]
    assert [*again.intermediate_values.values()] == read_history(tmp_path / "out" / "trial-1")["val_loss"]
    from lstm_cli.sessions.session import Session

    config = load_config(tmp_path / "out" / "trial-1" / "config.yaml")
    reference = Session().begin(config, output=tmp_path / "reference").folder.path
    assert read_history(tmp_path / "out" / "trial-1") == read_history(reference)


def test_one_that_is_not_worth_more_epochs_ends_and_keeps_what_it_came_to(open_trials, tmp_path):
    _, train = open_trials(AtOnce())
    trial = train()
    assert trial.state == TrialState.PRUNED
    assert trial.user_attrs["epochs"] == 1
    assert not read_record(tmp_path / "out" / "trial-1")["finished"]


def test_what_an_earlier_attempt_was_let_train_does_not_end_the_next(open_trials):
    """The pruner, asked again of epochs that are over, may say another thing now."""
    _, train = open_trials(pruner := Never())
    train(stop_requested=lambda: len(pruner.asked) == 2)
    pruner.prune = lambda _study, trial: pruner.asked.append(trial.last_step) or trial.last_step < 3
    assert train().state == TrialState.COMPLETE


def test_values_that_cannot_be_trained_are_a_failure_that_says_why(open_trials):
    _, train = open_trials(Never(), optimizer="{name: sgd, learning_rate: 1.0e+30}")
    trial = train()
    assert trial.state == TrialState.FAIL
    assert "The loss became" in trial.user_attrs["error"]


def test_one_that_was_taken_for_dead_leaves_the_trial_to_whoever_has_it(open_trials):
    study, train = open_trials(pruner := Never())

    def take_away(_study, trial):
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        return False

    pruner.prune = take_away
    trial = train()
    assert trial.state == TrialState.FAIL
    assert "epochs" not in trial.user_attrs
    assert len(study.trials) == 1  # queued by whoever took it, and not once more


def test_where_an_attempt_still_holds_the_folder_the_next_has_one_of_its_own(open_trials, tmp_path):
    _, train = open_trials(Never())
    held = RunFolder(tmp_path / "out" / "trial-1", "tiny")
    held.state.mkdir(parents=True)
    with held.lock():
        trial = train()
    assert trial.user_attrs["folder"] == str(tmp_path / "out" / "trial-1-attempt-0")


def test_where_both_are_held_that_is_told(open_trials, tmp_path):
    _, train = open_trials(Never())
    with ExitStack() as stack:
        for name in ("trial-1", "trial-1-attempt-0"):
            folder = RunFolder(tmp_path / "out" / name, "tiny")
            folder.state.mkdir(parents=True)
            stack.enter_context(folder.lock())
        with pytest.raises(TrainingError, match=r"Another training is under way in .*trial-1-attempt-0"):
            train()


def test_one_beyond_the_last_is_left_to_whoever_wants_more(open_trials, tmp_path):
    study, train = open_trials(Never())
    study.ask()
    assert train().state == TrialState.WAITING
    assert study.trials[1].state == TrialState.FAIL
    assert not (tmp_path / "out").exists()


def test_a_model_that_needs_too_much_memory_is_a_failure_that_says_so(open_trials):
    _, train = open_trials(pruner := Never())

    def run_out(*_):
        raise MemoryError

    pruner.prune = run_out
    trial = train()
    assert trial.state == TrialState.FAIL
    assert "The memory does not suffice" in trial.user_attrs["error"]
