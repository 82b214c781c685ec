"""`--data -`: what comes through a pipe trains a run that resumes, is judged, repeated and moved as any."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import forked_python
import pytest
import yaml

from lstm_cli.data.cache import locate_cache
from lstm_cli.data.sources import compute_fingerprint

_SETTINGS = ["data.maxlen=8", "training.optimizer.learning_rate=0.02", "training.batch_size=72"]
TINY = ["-m", "lstm", *(word for setting in _SETTINGS for word in ("-s", setting)), "--epochs", 1]


@pytest.fixture
def piped(reviews_csv):
    """The 300 reviews as they come through a pipe."""
    return reviews_csv.read_bytes()


def read_data(folder):
    return yaml.safe_load((folder / "config.yaml").read_text())["data"]


def read_losses(folder):
    return json.loads((folder / "history.json").read_text())["val_loss"]


@pytest.fixture(scope="module")
def run_of_pipe(command_path, command_environment, reviews_csv, tmp_path_factory):
    """A run that the installed command trained on what `cat` sent it."""
    folder = tmp_path_factory.mktemp("piped") / "run"
    temporary = tmp_path_factory.mktemp("temporary")
    with subprocess.Popen(["/bin/cat", reviews_csv], stdout=subprocess.PIPE) as cat:
        done = forked_python.run(
            [command_path("lstm-train"), *map(str, TINY), "-d", "-", "-o", folder],
            stdin=cat.stdout,
            env=command_environment | {"TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "standard input: read as utf-8, separated by ',', text from 'text', labels from 'label'" in done.stderr
    assert not list(temporary.iterdir())
    return folder


@pytest.fixture
def run_copy(run_of_pipe, tmp_path):
    """The run once more, in another place; nothing is left at its first one."""
    folder = tmp_path / "copy"
    shutil.copytree(run_of_pipe, folder)
    hidden = run_of_pipe.rename(run_of_pipe.with_name("hidden"))
    yield folder
    hidden.rename(run_of_pipe)


def test_the_run_holds_its_reviews_and_says_so(run_of_pipe, reviews_csv):
    kept = run_of_pipe / "data.jsonl"
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").split("\n")[:-1]]
    with reviews_csv.open(newline="", encoding="utf-8") as file:
        assert rows == list(csv.DictReader(file))
    assert read_data(run_of_pipe)["dataset"] == str(kept)
    assert json.loads((run_of_pipe / "run.json").read_text().rstrip())["fingerprint"] == compute_fingerprint(
        str(kept)
    )


def test_it_trains_what_a_file_of_the_same_rows_does(run_of_pipe, invoke, reviews_csv, tmp_path):
    result = invoke("lstm-train", *TINY, "-d", reviews_csv, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.stderr
    assert read_losses(tmp_path / "run") == read_losses(run_of_pipe)


def test_it_is_judged_repeated_resumed_and_compared_as_any(run_of_pipe, invoke, tmp_path):
    judged = invoke("lstm-eval", run_of_pipe / "best-lstm-model.h5", "--json")
    document = json.loads(judged.stdout)
    assert (document["dataset"], document["split"], document["reviews"]) == ("data.jsonl", "test", 30)
    assert document["seen_in_training"] == 0
    again = tmp_path / "again"
    assert invoke("lstm-train", "-c", run_of_pipe / "config.yaml", "-o", again).exit_code == 0
    assert read_losses(again) == read_losses(run_of_pipe)
    assert not (again / "data.jsonl").exists()
    assert invoke("lstm-train", "--resume", again, "--epochs", 2).exit_code == 0
    assert invoke("lstm-compare", run_of_pipe, again, "--no-baseline").exit_code == 0


def test_a_run_that_was_moved_as_a_whole_is_whole(run_copy, invoke):
    judged = invoke("lstm-eval", run_copy / "best-lstm-model.h5", "--json")
    assert json.loads(judged.stdout)["split"] == "test"
    compared = invoke("lstm-compare", run_copy, "--no-baseline", "--json")
    assert compared.exit_code == 0, compared.stderr
    again = run_copy.with_name("again")
    assert invoke("lstm-train", "-c", run_copy / "config.yaml", "-o", again).exit_code == 0
    assert read_losses(again) == read_losses(run_copy)
    assert invoke("lstm-train", "--resume", run_copy, "--epochs", 2).exit_code == 0
    assert read_data(run_copy)["dataset"] == str(run_copy / "data.jsonl")


def test_other_reviews_beside_a_run_are_not_taken_for_its_own(run_copy, assert_fails):
    with (run_copy / "data.jsonl").open("a") as file:
        file.write('{"text": "one more", "label": "0"}\n')
    assert "has changed" in assert_fails(3, "lstm-eval", run_copy / "best-lstm-model.h5")
    assert "is not what the run began with" in assert_fails(3, "lstm-train", "--resume", run_copy, "--epochs", 2)
    assert "has changed" in assert_fails(3, "lstm-compare", run_copy)


def test_a_model_knows_its_own_reviews_through_a_pipe(run_of_pipe, invoke, piped, tmp_path):
    model = run_of_pipe / "best-lstm-model.h5"
    for content in (piped, (run_of_pipe / "data.jsonl").read_bytes()):
        document = json.loads(invoke("lstm-eval", model, "-d", "-", "--json", stdin=content).stdout)
        assert (document["split"], document["reviews"]) == ("test", 30)
    other = b"".join(piped.splitlines(keepends=True)[:51])
    result = invoke("lstm-eval", model, "-d", "-", "--mistakes", 1, "-o", tmp_path / "judged", stdin=other)
    assert result.exit_code == 0, result.stderr
    assert "data.jsonl, all part" in result.stdout
    assert "The model was trained on" in result.stderr


def test_json_lines_are_read_too_and_numbered_columns(invoke, reviews_csv, tmp_path):
    with reviews_csv.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = "".join(json.dumps({"body": row["text"], "stars": int(row["label"])}) + "\n" for row in rows)
    folder = tmp_path / "lines"
    assert invoke("lstm-train", *TINY, "-d", "-", "-o", folder, stdin=lines).exit_code == 0
    assert json.loads((folder / "data.jsonl").read_text().splitlines()[0]).keys() == {"body", "stars"}
    options = ["-d", "-", "--no-header", "--text", 2, "--label", 1, "--delimiter", "tab", "--encoding", "cp1252"]
    table = "".join(f"{row['label']}\tcaf\xe9 {number}\n" for number, row in enumerate(rows)).encode("cp1252")
    folder = tmp_path / "numbers"
    result = invoke("lstm-train", *TINY, *options, "-o", folder, stdin=table)
    assert result.exit_code == 0, result.stderr
    data = read_data(folder)
    assert [data[name] for name in ("text", "label", "encoding", "delimiter", "header")] == [
        ["2"], "1", None, None, None,
    ]  # fmt: skip
    assert "café 0" in (folder / "data.jsonl").read_text(encoding="utf-8")
    assert invoke("lstm-eval", folder / "best-lstm-model.h5").exit_code == 0


def test_folds_share_one_file_in_the_folder_of_all(invoke, piped, tmp_path):
    parent = tmp_path / "folds"
    result = invoke("lstm-train", *TINY, "-d", "-", "--folds", 2, "-o", parent, stdin=piped)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.count("data.jsonl: read as") == 1
    assert sorted(path.name for path in parent.iterdir()) == ["data.jsonl", "fold-1", "fold-2"]
    assert {read_data(parent / f"fold-{fold}")["dataset"] for fold in (1, 2)} == {str(parent / "data.jsonl")}
    moved = parent.rename(tmp_path / "moved")
    assert invoke("lstm-compare", moved, "--no-baseline").exit_code == 0
    shutil.rmtree(moved / "fold-2" / "state")
    for name in ("history.json", "run.json", "best-lstm-model.h5"):
        (moved / "fold-2" / name).unlink()
    result = invoke("lstm-train", "--resume", moved)  # the second is only planned
    assert result.exit_code == 0, result.stderr
    other = piped.replace(b"film", b"movie")
    result = invoke("lstm-train", *TINY, "-d", "-", "-m", "gru", "--seeds", 2, "-o", moved, stdin=other)
    assert result.exit_code == 2
    assert "holds other reviews" in result.stderr
    assert compute_fingerprint(str(moved / "data.jsonl")) == compute_fingerprint(
        read_data(moved / "fold-2")["dataset"]
    )


def test_it_is_one_of_several(invoke, reviews_csv, tmp_path):
    lines = reviews_csv.read_text(encoding="utf-8")
    result = invoke(
        "lstm-train", *TINY, "-d", reviews_csv, "-d", "-", "-o", tmp_path / "run", "--json", stdin=lines
    )
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["dataset"] == "reviews.csv and data.jsonl"
    assert read_data(tmp_path / "run")["dataset"] == [str(reviews_csv), str(tmp_path / "run" / "data.jsonl")]


def test_a_sweep_keeps_it_and_its_own_command_goes_on(run_command, piped, tmp_path):
    base = {"name": "tiny", "model": {"recurrent": [{"cell": "gru", "units": 2}]}, "training": {"epochs": 1}}
    base |= {"data": {"dataset": "-", "maxlen": 8, "delimiter": ","}}
    sweep = tmp_path / "tiny.yaml"
    sweep.write_text(yaml.safe_dump({"base": base, "search_space": {"training.seed": [1, 2]}, "sampler": "grid"}))
    folder = tmp_path / "sweep"
    first = run_command("lstm-sweep", sweep, "--timeout", 0, "-o", folder, stdin=piped.decode())
    assert first.returncode == 0, first.stderr
    [again] = [line for line in first.stderr.splitlines() if line.startswith("Go on with: lstm-sweep ")]
    assert f"--data {folder / 'data.jsonl'} --set data.encoding=null --set data.delimiter=null" in again
    words = again.removeprefix("Go on with: lstm-sweep ").split()
    second = run_command("lstm-sweep", *words, "--timeout", 300)
    assert second.returncode == 0, second.stderr
    best = yaml.safe_load((folder / "best.yaml").read_text())
    assert best["data"]["dataset"] == str(folder / "data.jsonl")
    assert {path.name for path in folder.glob("trial-*")} == {"trial-1", "trial-2"}
    other = run_command("lstm-sweep", sweep, "-o", folder, stdin=piped.decode().replace("film", "movie"))
    assert other.returncode == 2
    assert "has another base" in other.stderr
    assert compute_fingerprint(str(folder / "data.jsonl")) == json.loads(
        (folder / "trial-1" / "run.json").read_text().rstrip()
    )["fingerprint"]  # fmt: skip


def test_what_trains_nothing_keeps_nothing(invoke, piped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    looked_at = json.loads(invoke("lstm-data", "-", "--json", stdin=piped).stdout)
    assert (looked_at["dataset"], looked_at["reviews"]) == ("data.jsonl", 300)
    described = json.loads(invoke("lstm-train", *TINY, "-d", "-", "--dry-run", "--json", stdin=piped).stdout)
    assert described["fingerprint"] == looked_at["fingerprint"]
    printed = invoke("lstm-train", *TINY, "-d", "-", "--encoding", "cp1252", "--print-config", stdin="never read")
    data = yaml.safe_load(printed.stdout)["data"]
    assert (data["dataset"], data["encoding"]) == ("-", "cp1252")  # which reads standard input again
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("cache_home")
def test_what_is_encoded_once_is_not_encoded_again_for_the_run(invoke, piped, tmp_path):
    """The cache goes by what the reviews are: the file that they were read from has moved since."""
    assert invoke("lstm-train", *TINY, "-d", "-", "--seeds", 2, "-o", tmp_path / "run", stdin=piped).exit_code == 0
    assert len(list(locate_cache().iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "standard input is empty"),
        (b"text,label\n", "standard input has a header but no reviews"),
        (b'{"text": "a", "label": 1}\n{"text": 3\n[]\n', "standard input: 2 rows cannot be read.\nline 2: "),
        (b"text,label\na,1\nb,1\n", "data.jsonl holds positive reviews only"),
        (b"a,b\n1,2\n", "standard input: expected a column of texts"),
    ],
)
@pytest.mark.parametrize("runs", [[], ["--seeds", 2]], ids=["one", "several"])
def test_what_is_no_reviews_is_told_before_a_folder_is_made(runs, content, message, assert_fails, tmp_path):
    folder = tmp_path / "run"
    assert message in assert_fails(3, "lstm-train", *TINY, *runs, "-d", "-", "-o", folder, stdin=content)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of Unix")
def test_a_full_disk_is_told_with_where_to_find_another(command_path, command_environment, piped):
    """The kernel lets no file grow beyond a few kilobytes."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$0" -', command_path("lstm-data")],
        input=piped,
        env=command_environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"Error: Cannot write " in done.stderr
    assert b"TMPDIR names one for what comes on standard input" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_folder_in_use_keeps_what_lies_in_it(assert_fails, run_copy, piped):
    before = (run_copy / "data.jsonl").read_bytes()
    other = piped.replace(b"film", b"movie")
    assert "is not empty" in assert_fails(2, "lstm-train", *TINY, "-d", "-", "-o", run_copy, stdin=other)
    assert (run_copy / "data.jsonl").read_bytes() == before


@pytest.mark.parametrize("command", [["lstm-train", *TINY, "-d", "-"], ["lstm-data", "-"]])
def test_a_terminal_is_told_what_to_send(command, command_path, command_environment, tmp_path):
    controller, terminal = os.openpty()
    name, *arguments = map(str, command)
    done = subprocess.run(
        [command_path(name), *arguments],
        stdin=terminal,
        env=command_environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(controller)
    os.close(terminal)
    assert (done.returncode, done.stdout) == (2, "")
    assert "reads standard input, to which nothing is sent here: " in done.stderr
    assert not list(tmp_path.iterdir())


def test_it_is_refused_where_it_cannot_be(assert_fails, run_copy, tmp_path):
    train = ["lstm-train", *TINY, "-o", tmp_path / "run"]
    assert "--data alone" in assert_fails(2, *train, "-d", "-", "--validation", "-")
    assert "--data alone" in assert_fails(2, *train, "-d", "imdb", "--test", "-")
    assert "can be read only once" in assert_fails(2, *train, "-d", "-", "-d", "-")
    for workers in (["--local-workers", 2], ["--workers", "127.0.0.1:1,127.0.0.1:2", "--task", 0]):
        assert "write it to a file" in assert_fails(2, *train, "-d", "-", *workers)
    assert "keeps what came on standard input" in assert_fails(2, "lstm-train", "--resume", run_copy, "-d", "-")
    assert "no data set at -" in assert_fails(3, "lstm-compare", run_copy, "-d", "-")
    assert "of other files as well" in assert_fails(
        2, *train, "-d", "-", "-d", "imdb", "--encoding", "cp1252", stdin="text,label\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_waits_for_what_never_comes_can_be_stopped(number, code, command_path, command_environment, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [command_path("lstm-data"), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=command_environment | {"TMPDIR": str(temporary)},
    ) as process:
        process.stdin.write(b"text,label\n" * 100_000)
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not list(temporary.glob("*/.spooled*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(60) == code
        assert b"Traceback" not in process.stderr.read()
    assert not list(temporary.iterdir())
