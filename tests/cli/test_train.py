"""`lstm-train`: what goes in, what the run's folder holds, what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import forked_python
import pandas as pd
import pytest
import yaml

_TINY = """
data: {num_words: 60, maxlen: 12}
model:
  embedding: {output_dim: 3}
  recurrent: [{cell: gru, units: 2}]
training: {optimizer: {name: adam, learning_rate: 0.01}, batch_size: 36, epochs: 2, seed: 7}
"""


@pytest.fixture
def tiny_file(tmp_path):
    """A configuration of a few units; its name comes from the file's."""
    path = tmp_path / "tiny.yaml"
    path.write_text(_TINY)
    return path


def _read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    assert len(history.pop("seconds")) == len(history["loss"])
    return history


def test_a_finished_run_holds_exactly_the_promised_files(finished_run):
    assert {path.name for path in finished_run.iterdir()} == {
        "config.yaml",
        "best-gru-model.h5",
        "history.json",
        "run.json",
        "loss.png",
        "state",
    }
    assert (finished_run / "loss.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    with (finished_run / "history.json").open() as file:
        frame = pd.DataFrame(json.load(file))
    assert set(frame.columns) == {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}
    assert len(frame) == 4
    record = json.loads((finished_run / "run.json").read_text())
    facts = {"model": "gru", "seed": 3, "epochs": 4, "finished": True, "parameters": 8633}
    assert facts.items() <= record.items()
    assert sum(record["reviews"].values()) == 300
    assert record["best"]["val_loss"] == frame["val_loss"].min()
    assert record["best_epoch"] == frame["val_loss"].idxmin() + 1


def test_the_model_opens_in_a_keras_that_never_heard_of_us(model_file, command_environment):
    program = (
        "import sys, keras, numpy as np\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "print(float(model(np.full((1, 30), 5))[0, 0]), 'lstm_cli' in sys.modules)\n"
    )
    result = forked_python.run(
        [sys.executable, "-c", program, model_file],
        env=command_environment | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    probability, imported = result.stdout.split()
    assert 0 < float(probability) < 1
    assert imported == "False"


def test_the_kept_configuration_repeats_the_run_digit_for_digit_from_any_folder(
    run_command, finished_run, tmp_path
):
    result = run_command("lstm-train", "-c", finished_run / "config.yaml", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    again = tmp_path / "runs" / "gru"
    assert _read_history(again) == _read_history(finished_run)
    assert (again / "config.yaml").read_bytes() == (finished_run / "config.yaml").read_bytes()
    # What the user reads: where the files are and what to type next; on stderr the device and the epochs.
    assert result.stdout.startswith("Trained gru: 4 epochs in ")
    for line in (
        "lstm-eval runs/gru/best-gru-model.h5",
        'echo "your text" | lstm-predict runs/gru/best-gru-model.h5',
        "Loss curve  runs/gru/loss.png",
    ):
        assert line in result.stdout
    lines = result.stderr.splitlines()
    assert lines[0] == "reviews.csv: read as utf-8, separated by ',', text from 'text', labels from 'label'"
    assert any("8,633 parameters on CPU" in line or "on GPU" in line for line in lines)
    assert [line.split()[1] for line in lines if line.startswith("epoch")] == ["1/4", "2/4", "3/4", "4/4"]
    assert "TensorFlow" not in result.stderr


def test_default_folders_are_numbered_and_a_relative_path_holds_from_another_folder(
    invoke, tiny_file, reviews_csv, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(reviews_csv, tmp_path / "mine.csv")
    for name in ("tiny", "tiny-2"):
        result = invoke("lstm-train", "-c", tiny_file, "-d", "mine.csv", "--epochs", 1, "-q")
        assert result.exit_code == 0, result.stderr
        assert result.stdout == f"runs/{name}/best-tiny-model.h5\n"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = invoke("lstm-train", "-c", tmp_path / "runs/tiny-2/config.yaml", "-q")
    assert result.exit_code == 0, result.stderr
    assert _read_history(elsewhere / "runs/tiny") == _read_history(tmp_path / "runs/tiny")


@pytest.mark.parametrize("name", ["imdb", "rotten-tomatoes", "imdb-keras"])
def test_a_data_sets_name_stays_a_name(name, invoke, tiny_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    result = invoke("lstm-train", "-c", tiny_file, "-d", name, "--print-config", "--json")
    assert json.loads(result.stdout)["data"]["dataset"] == name


@pytest.mark.parametrize(
    "name",
    ["a: b.csv", "it's # mine.csv", "many words " * 12 + ".csv", "критика 影評 🎬.csv", "{x}, [y].csv", "~no.csv"],
)
def test_any_files_name_is_taken_as_it_is(name, invoke, tiny_file, reviews_csv, tmp_path):
    path = tmp_path / name
    shutil.copy(reviews_csv, path)
    result = invoke("lstm-train", "-c", tiny_file, "-d", path, "--print-config", "--json")
    assert json.loads(result.stdout)["data"]["dataset"] == str(path)
    assert invoke("lstm-train", "-c", tiny_file, "-d", path, "--dry-run").exit_code == 0


def test_the_printed_configuration_can_be_run_again(invoke, tiny_file, reviews_csv, tmp_path):
    options = ["-d", reviews_csv, "-s", "model.recurrent[0].dropout=0.25"]
    text = invoke("lstm-train", "-c", tiny_file, *options, "--print-config").stdout
    assert yaml.safe_load(text)["model"]["recurrent"][0]["dropout"] == 0.25
    printed = tmp_path / "printed.yaml"
    printed.write_text(text)
    assert invoke("lstm-train", "-c", printed, "--print-config").stdout == text
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_describes_and_trains_nothing_without_tensorflow(
    invoke, tiny_file, reviews_csv, tmp_path, command_environment
):
    options = ["-c", tiny_file, "-d", reviews_csv, "--dry-run"]
    program = (
        "import sys\n"
        "from lstm_cli.cli.train import train\n"
        "train(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'numba'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *map(str, options)],
        cwd=tmp_path,
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout.endswith("\n[]\n")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]
    assert "Model tiny: 225 parameters" in result.stdout
    document = json.loads(invoke("lstm-train", *options, "--json").stdout)
    assert (document["parameters"], document["non_trainable_parameters"]) == (225, 0)
    assert document["layers"]["gru_1"]["shapes"] == [[3, 6], [2, 6], [2, 6]]
    splits = document["splits"]
    assert {name: facts["reviews"] for name, facts in splits.items()} == {
        "train": 216,
        "validation": 54,
        "test": 30,
    }
    assert splits["test"]["classes"] == {"negative": 15, "positive": 15}
    assert all(0 < facts["unknown_rate"] < 1 and facts["truncation_rate"] > 0.9 for facts in splits.values())
    empty = invoke("lstm-train", *options, "-s", "data.validation_split=0", "--json")
    facts = json.loads(empty.stdout)["splits"]["validation"]
    assert (facts["reviews"], facts["unknown_rate"], facts["truncation_rate"]) == (0, 0, 0)


def test_a_folder_that_holds_a_run_needs_force_which_leaves_foreign_files_alone(
    invoke, assert_fails, tiny_file, reviews_csv, run_copy
):
    (run_copy / "notes.txt").write_text("mine")
    options = ["-c", tiny_file, "-d", reviews_csv, "-o", run_copy]
    before = {path.name: path.read_bytes() for path in run_copy.iterdir() if path.is_file()}
    assert "is not empty. Take another --output, or --force" in assert_fails(2, "lstm-train", *options)
    assert {path.name: path.read_bytes() for path in run_copy.iterdir() if path.is_file()} == before
    result = invoke("lstm-train", *options, "--force", "-q")
    assert result.exit_code == 0, result.stderr
    assert (run_copy / "notes.txt").read_text() == "mine"
    assert len(_read_history(run_copy)["loss"]) == 2
    assert json.loads((run_copy / "run.json").read_text())["model"] == "tiny"


def test_auto_says_what_keeps_it_from_the_fast_kernel_and_fast_refuses(
    invoke, assert_fails, tiny_file, reviews_csv, tmp_path
):
    cell = "model.recurrent=[{cell: simple_rnn, units: 2, recurrent_dropout: 0.2}]"  # XLA compiles it soonest
    options = ["-c", tiny_file, "-d", reviews_csv, "-s", cell]
    fast = tmp_path / "fast"
    message = assert_fails(2, "lstm-train", *options, "-s", "training.kernel=fast", "-o", fast)
    assert "training.kernel: fast is not possible: model.recurrent[0].recurrent_dropout" in message
    assert not fast.exists()
    result = invoke("lstm-train", *options, "--epochs", 1, "-o", tmp_path / "auto")
    assert result.exit_code == 0, result.stderr
    assert "because of model.recurrent[0].recurrent_dropout" in result.stderr
    assert json.loads((tmp_path / "auto/run.json").read_text())["kernel"] == "keras"


def test_padding_behind_the_text_without_a_mask_is_warned_of(invoke, tiny_file, reviews_csv, tmp_path):
    options = ["-c", tiny_file, "-d", reviews_csv, "-s", "data.padding=post", "--epochs", 1]
    assert "mask_zero" in invoke("lstm-train", *options, "-o", tmp_path / "a").stderr


def test_a_diverging_training_ends_with_advice_and_exit_code_1(assert_fails, tiny_file, reviews_csv, tmp_path):
    options = ["-c", tiny_file, "-d", reviews_csv, "-o", tmp_path / "run", "-q"]
    sgd = ["-s", "training.optimizer={name: sgd, learning_rate: 1.0e+30}"]
    penalty = ["-s", "model.embedding.embeddings_regularizer.l2=1.0"]
    message = assert_fails(1, "lstm-train", *options, *sgd, *penalty)
    assert "Try a smaller training.optimizer.learning_rate" in message
    assert json.loads((tmp_path / "run/run.json").read_text())["finished"] is False


def test_what_a_diverging_training_had_is_kept_and_drawn(assert_fails, tiny_file, reviews_csv, tmp_path):
    """A penalty that grows by a constant factor a step is too large for float32 in the third epoch or so."""
    sgd = ["-s", "training.optimizer={name: sgd, learning_rate: 5}", "--epochs", 9]
    penalty = ["-s", "model.embedding.embeddings_regularizer.l2=1.0"]
    options = ["-c", tiny_file, "-d", reviews_csv, "-o", tmp_path / "run", "-q"]
    assert "What was good is kept" in assert_fails(1, "lstm-train", *options, *sgd, *penalty)
    epochs = len(_read_history(tmp_path / "run")["loss"])
    assert 0 < epochs < 9
    assert json.loads((tmp_path / "run/run.json").read_text())["epochs"] == epochs
    assert (tmp_path / "run/loss.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-m", "gur"], "No model is named 'gur'. Did you mean 'gru'?"),
        (["-m", "gru", "-s", "training.epoch=3"], "training.epoch: unknown key. Did you mean 'epochs'?"),
        (["-m", "gru", "-s", "data.maxlen=many"], "data.maxlen: expected integer, got 'many'"),
        (["-m", "gru", "-s", "data.maxlen=0"], "data.maxlen: expected greater than or equal to 1, got 0"),
        (["-m", "gru", "-s", "training.optimizer.learning_rate=.nan"], "expected a finite number, got nan"),
        (["-m", "gru", "-s", "training.optimizer.learning_rate=nan"], "expected number, got 'nan'"),
        (["-m", "gru", "-s", "nonsense"], "--set expects key.path=value, such as data.maxlen=200"),
        (["-m", "gru", "-s", "data.maxlen=[1"], "the value is no YAML"),
        (["-m", "gru", "-s", "model.recurrent[1].units=3"], "expected an index from 0 to 0, got '1'"),
        (
            ["-m", "gru", "--epochs", "0"],
            "training.epochs: expected integer greater than or equal to 1, or auto; got 0",
        ),
        (["-m", "gru", "--epochs", "many"], "Invalid value for '--epochs'"),
        (["-m", "gru", "--seed", "-1"], "training.seed: expected greater than or equal to 0, got -1"),
        (["-m", "gru", "--batch-size", "0"], "training.batch_size: expected greater than or equal to 1"),
        (["-c", "missing.yaml"], "Cannot read the configuration missing.yaml: No such file"),
        (["gru"], "Got unexpected extra argument (gru)"),
        (["-m", "gru", "--force"], "--force is of a folder that holds a run already: name it with --output."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_refused_with_exit_code_2(options, expected, assert_fails, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert expected in assert_fails(2, "lstm-train", *options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"model: [", "is no YAML"),
        (b"just words", "expected the sections data, model and training, got str"),
        (b"", "expected the sections data, model and training, got NoneType"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"data: {}", "model: missing, and it has no default"),
        (b"model: {recurrent: [{cell: gur, units: 2}]}", "Did you mean 'gru'?"),
        (b"model: {recurrent: []}", "expected at least 1 item, got 0"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_exit_code_2(content, expected, assert_fails, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    message = assert_fails(2, "lstm-train", "-c", path)
    assert expected in message
    assert str(path) in message


_ROWS = "".join(f"text number {number},{number % 2}\n" for number in range(40))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("missing.csv", None, "missing.csv"),
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"text,label\n", "has a header but no reviews"),
        ("one-class.csv", _ROWS.replace(",1", ",0").join(["text,label\n", ""]).encode(), "negative reviews only"),
        ("unlabelled.csv", b"text\nfine\n", "expected a column of labels, found 'text'"),
        ("stars.csv", f"text,label\n{_ROWS}more,5\n".encode(), "the class '5' has one text"),
        ("broken.csv", f"text,label\n{_ROWS}more\n".encode(), "line 42: expected 2 fields, got 1"),
        ("fields.csv", f"text,label\n{_ROWS}a,b,c\n".encode(), "line 42: expected 2 fields, got 3"),
        ("nul.csv", f"text,label\n{_ROWS}caf\0,1\n".encode(), "line 42: expected text, got a NUL byte"),
        ("few.csv", b"text,label\na,0\nb,1\n", "too few"),
        ("broken.jsonl", b'{"text": "a", "label": 1}\n{"text": \n', "line 2: expected a JSON object"),
        ("folder", "folder", "folder"),
        ("model.h5", b"x", "is no data set: it ends in .h5"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_data_that_cannot_be_used_is_refused_with_exit_code_3(
    *, name, content, expected, assert_fails, tiny_file, tmp_path
):
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    message = assert_fails(3, "lstm-train", "-c", tiny_file, "-d", path, "-o", tmp_path / "run")
    assert expected in message
    assert not (tmp_path / "run").exists()


def test_a_data_sets_name_that_is_nearly_right_is_corrected(assert_fails):
    assert "Did you mean 'imdb'?" in assert_fails(3, "lstm-train", "-m", "gru", "-d", "imbd")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_nobody_may_write_is_an_error_with_exit_code_1(
    assert_fails, tiny_file, reviews_csv, tmp_path
):
    options = ["-c", tiny_file, "-d", reviews_csv]
    assert "Cannot write to /proc/run" in assert_fails(1, "lstm-train", *options, "-o", "/proc/run")
    (tmp_path / "file").write_text("")
    assert "Cannot write to" in assert_fails(1, "lstm-train", *options, "-o", tmp_path / "file/run")
    assert "is a file; --output names a folder" in assert_fails(2, "lstm-train", *options, "-o", tmp_path / "file")


def test_resume_goes_on_with_more_epochs_as_if_they_had_been_asked_for(invoke, finished_run, run_copy, tmp_path):
    result = invoke("lstm-train", "--resume", run_copy, "--epochs", 6)
    assert result.exit_code == 0, result.stderr
    options = ["-c", finished_run / "config.yaml", "--epochs", 6, "-o", tmp_path / "whole", "-q"]
    assert invoke("lstm-train", *options).exit_code == 0
    assert _read_history(run_copy) == _read_history(tmp_path / "whole")
    epochs = [line.split()[1] for line in result.stderr.splitlines() if line.startswith("epoch")]
    assert epochs == ["5/6", "6/6"]
    assert yaml.safe_load((run_copy / "config.yaml").read_text())["training"]["epochs"] == 6


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (["--seed", "0"], "--seed"),
        (["--batch-size", "8"], "--batch-size"),
        (["-m", "gru", "--label", "stars"], "--model, --label"),
        (["-c", "x.yaml", "-s", "a=1"], "--config, --set"),
        (["-o", "x", "--force"], "--output, --force"),
        (["--dry-run"], "--dry-run"),
        (["--print-config"], "--print-config"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_resume_takes_no_setting_but_the_epochs(options, refused, assert_fails, finished_run):
    message = assert_fails(2, "lstm-train", "--resume", finished_run, *options)
    assert message.startswith(f"Error: {refused} cannot be changed by --resume")


def test_resume_of_what_is_no_run_is_refused(assert_fails, tmp_path, model_file):
    assert "expects a run's folder" in assert_fails(2, "lstm-train", "--resume", tmp_path / "missing")
    told = assert_fails(2, "lstm-train", "--resume", model_file)
    assert f"expects a run's folder; {model_file} is a file in {model_file.parent}." in told
    assert "is no run folder: run.json" in assert_fails(1, "lstm-train", "--resume", tmp_path)


def test_resume_of_a_run_that_is_over_is_refused(assert_fails, run_copy):
    assert "has finished all its epochs" in assert_fails(1, "lstm-train", "--resume", run_copy)
    assert "has 4 epochs already" in assert_fails(2, "lstm-train", "--resume", run_copy, "--epochs", 3)
    record = json.loads((run_copy / "run.json").read_text())
    (run_copy / "run.json").write_text(json.dumps(record | {"stopped_early": True}))
    message = assert_fails(1, "lstm-train", "--resume", run_copy, "--epochs", 9)
    assert "has finished by early stopping" in message


def test_resume_after_the_data_has_changed_is_refused(assert_fails, run_copy, reviews_csv, tmp_path):
    data = tmp_path / "reviews.csv"
    data.write_text(reviews_csv.read_text(encoding="utf-8") + "another one,1\n", encoding="utf-8")
    config = yaml.safe_load((run_copy / "config.yaml").read_text())
    config["data"]["dataset"] = str(data)
    (run_copy / "config.yaml").write_text(yaml.safe_dump(config))
    message = assert_fails(3, "lstm-train", "--resume", run_copy, "--epochs", 5)
    assert "is not what the run began with" in message


def test_resume_after_the_data_was_swapped_for_some_of_the_same_size_and_time_is_refused(
    assert_fails, run_copy, reviews_csv, tmp_path
):
    data = tmp_path / "reviews.csv"
    data.write_bytes(reviews_csv.read_bytes().replace(b"film", b"kilm", 1))
    shutil.copystat(reviews_csv, data)
    assert data.stat().st_size == reviews_csv.stat().st_size
    config = yaml.safe_load((run_copy / "config.yaml").read_text())
    config["data"]["dataset"] = str(data)
    (run_copy / "config.yaml").write_text(yaml.safe_dump(config))
    message = assert_fails(3, "lstm-train", "--resume", run_copy, "--epochs", 5)
    assert "is not what the run began with" in message


def test_a_poisoned_cache_changes_no_digit(invoke, finished_run, cache_home, tmp_path):
    """Whatever stands in the cache: a flipped bit, another run's reviews, or a checksum made anew."""
    options = ["-c", finished_run / "config.yaml", "--epochs", 1, "-q"]
    assert invoke("lstm-train", *options, "-o", tmp_path / "first").exit_code == 0
    (cached,) = cache_home.rglob("*.bin")
    content = cached.read_bytes()
    assert invoke("lstm-train", *options, "-s", "data.limit=60", "-o", tmp_path / "few").exit_code == 0
    (other,) = set(cache_home.rglob("*.bin")) - {cached}
    body = content[32:-1] + b"\x02"
    poisons = {
        "flipped": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "other": other.read_bytes(),
        "forged": hashlib.sha256(body).digest() + body,
    }
    for name, poison in poisons.items():
        cached.write_bytes(poison)
        assert invoke("lstm-train", *options, "-o", tmp_path / name).exit_code == 0
        assert _read_history(tmp_path / name) == _read_history(tmp_path / "first")
        assert cached.read_bytes() == content


def test_resume_after_a_setting_was_changed_is_refused_by_its_name(assert_fails, run_copy):
    path = run_copy / "config.yaml"
    for key, old, new in (
        ("training.seed", "seed: 3", "seed: 4"),
        ("model.recurrent[0].units", "units: ", "units: 1"),
    ):
        text = path.read_text()
        path.write_text(text.replace(old, new, 1))
        message = assert_fails(2, "lstm-train", "--resume", run_copy, "--epochs", 5)
        assert f"{key} changed since the run began" in message
        path.write_text(text)


def test_resume_of_a_run_that_ended_before_its_first_state_begins_it(invoke, run_copy, finished_run):
    """Killed after its configuration was written: the configuration is all that there is."""
    for path in run_copy.iterdir():
        if path.name not in {"config.yaml", "run.json"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    result = invoke("lstm-train", "--resume", run_copy, "-q")
    assert result.exit_code == 0, result.stderr
    assert _read_history(run_copy) == _read_history(finished_run)


def test_resume_without_the_state_of_what_was_trained_does_not_begin_anew(assert_fails, run_copy):
    shutil.rmtree(run_copy / "state")
    assert "holds no whole state" in assert_fails(1, "lstm-train", "--resume", run_copy)
    assert (run_copy / "best-gru-model.h5").is_file()


def test_a_damaged_record_is_noticed(assert_fails, run_copy):
    record = run_copy / "run.json"
    record.write_text(record.read_text().replace('"seed": 3', '"seed": 2'))
    assert "run.json does not match its checksum" in assert_fails(1, "lstm-train", "--resume", run_copy)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a mount of one's own needs Linux' unshare")
def test_a_run_on_a_read_only_mount_is_read_and_not_written(command_path, command_environment, run_copy, tmp_path):
    def run_read_only(*command):
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 77; exec "$@"'
        return subprocess.run(
            [
                shutil.which("unshare"),
                "--mount",
                "--map-root-user",
                "sh",
                "-c",
                mount,
                run_copy,
                *map(str, command),
            ],
            env=command_environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    if run_read_only("true").returncode:
        pytest.skip("this system lets nobody mount")
    before = {path: path.read_bytes() for path in run_copy.rglob("*") if path.is_file()}
    train, plot = command_path("lstm-train"), command_path("lstm-plot")
    new = ["-m", "gru", "-d", tmp_path / "reviews.csv"]
    (tmp_path / "reviews.csv").write_text(f"text,label\n{_ROWS}")
    for command in (
        [train, "--resume", run_copy, "--epochs", 9],
        [train, *new, "-o", run_copy / "new"],
        [train, *new, "-o", run_copy, "--force"],
        [plot, run_copy],
    ):
        result = run_read_only(*command)
        assert result.returncode == 1, result.stderr
        error = result.stderr[result.stderr.index("Error: ") :]
        assert "Read-only file system" in error
        assert len(error.splitlines()) <= 2
        assert "Traceback" not in result.stderr
    result = run_read_only(plot, run_copy, "-o", tmp_path / "loss.svg")
    assert result.returncode == 0, result.stderr
    result = run_read_only(command_path("lstm-predict"), run_copy / "best-gru-model.h5", "a fine film")
    assert result.returncode == 0, result.stderr
    assert {path: path.read_bytes() for path in run_copy.rglob("*") if path.is_file()} == before


def test_resume_from_a_damaged_state_says_so_and_goes_on_from_the_one_before(
    invoke, assert_fails, run_copy, finished_run
):
    newest = run_copy / "state" / "newest.state"
    newest.write_bytes(b"damaged")
    record = json.loads((run_copy / "run.json").read_text())
    (run_copy / "run.json").write_text(json.dumps(record | {"finished": False}))
    result = invoke("lstm-train", "--resume", run_copy)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith("The newest state is damaged or missing")
    assert _read_history(run_copy) == _read_history(finished_run)
    for path in (run_copy / "state").glob("*.state"):
        path.write_bytes(b"damaged")
    assert "holds no whole state" in assert_fails(1, "lstm-train", "--resume", run_copy, "--epochs", 9)


def test_early_stopping_is_told(invoke, tiny_file, reviews_csv, tmp_path):
    patience = ["-s", "training.early_stopping.patience=0", "-s", "training.optimizer.learning_rate=0.2"]
    options = ["-c", tiny_file, "-d", reviews_csv, "--epochs", 40, *patience, "-o", tmp_path / "run"]
    result = invoke("lstm-train", *options)
    assert result.exit_code == 0, result.stderr
    assert "s (early stopping).\n" in result.stdout
    assert json.loads(Path(tmp_path, "run/run.json").read_text())["stopped_early"] is True


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["GRU"], "Got unexpected extra argument (GRU). The model is named with --model gru."),
        (["my gru.yaml"], "A configuration's file is given with --config 'my gru.yaml'."),
        (
            ["reviews.csv"],
            "A model is named with --model, a configuration's file with --config, reviews with --data.",
        ),
        (["-m", "my.yaml"], "No model is named 'my.yaml'. A file is given with --config my.yaml."),
        (["-m", "GRU"], "Did you mean 'gru'?"),
        (["-m", "Tutorials/C-LSTM"], "Did you mean 'tutorials/c-lstm'?"),
        (["-m", "gru", "-s", "Data.maxlen=3"], "Error: --set Data: unknown key. Did you mean 'data'?"),
        (
            ["-m", "gru", "--epochs", "0"],
            "Error: --set training.epochs: expected integer greater than or equal to 1, or auto; got 0",
        ),
    ],
    ids=str,
)
def test_what_was_probably_meant_is_named(assert_fails, line, expected):
    assert expected in assert_fails(2, "lstm-train", *line)


@pytest.mark.usefixtures("keras_started")
class TestAModelTooLargeToKeep:
    """A file of ours bounds it; to train it first would be in vain."""

    @pytest.fixture(autouse=True)
    def _no_training(self, monkeypatch):
        monkeypatch.setattr("lstm_cli.modelfile.shapes.LARGEST_FILE", 8 * 8000)
        monkeypatch.setattr("lstm_cli.training.trainer.run_epochs", lambda *_, **__: pytest.fail("trained"))

    def test_it_is_refused_before_the_first_batch(self, assert_fails, reviews_csv, tmp_path):
        message = assert_fails(1, "lstm-train", "-m", "gru", "-d", reviews_csv, "-o", tmp_path / "run")
        assert "Cannot keep a model of 8,633 parameters; a file of ours holds 8,000." in message
        assert not (tmp_path / "run").exists()

    def test_an_ensemble_is_refused_before_its_first_member(
        self, assert_fails, reviews_csv, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("lstm_cli.modelfile.shapes.LARGEST_FILE", 8 * 20_000)
        line = ["-m", "gru", "-d", reviews_csv, "--ensemble", 3, "-o", tmp_path / "run"]
        message = assert_fails(1, "lstm-train", *line)
        assert "Cannot keep a model of 25,899 parameters; a file of ours holds 20,000." in message
        assert "Take fewer words (data.num_words), units or members." in message
        assert not (tmp_path / "run").exists()

    def test_among_several_before_any(self, assert_fails, reviews_csv, tmp_path):
        line = ["-m", "gru", "-m", "lstm", "-d", reviews_csv, "-o", tmp_path / "runs"]
        assert "Cannot keep a model" in assert_fails(1, "lstm-train", *line)
        assert not (tmp_path / "runs").exists()


def test_a_finished_run_says_so_before_its_data_is_read(assert_fails, run_copy, monkeypatch):
    monkeypatch.setattr("lstm_cli.data.dataset.load_dataset", lambda _: pytest.fail("read"))
    assert "has finished all its epochs" in assert_fails(1, "lstm-train", "--resume", run_copy)


def test_quiet_prints_what_a_script_needs_and_nothing_else(invoke, tiny_file, reviews_csv, tmp_path):
    """One run's model, and those of several."""
    line = ["lstm-train", "-c", tiny_file, "-d", reviews_csv, "-q", "-o"]
    result = invoke(*line, tmp_path / "one")
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'one' / 'best-tiny-model.h5'}\n")
    result = invoke(*line, tmp_path / "two", "--seeds", 2)
    paths = result.output.splitlines()
    assert result.exit_code == 0
    assert len(paths) == 2
    assert all(Path(path).is_file() for path in paths)
