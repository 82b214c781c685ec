"""Whatever only saves time is done without: caches, compiled kernels, settings, a home, a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lstm_cli import user_folders
from lstm_cli.errors import OutputError
from lstm_cli.user_folders import find_cache_folder, is_writable, settle_temporary_folder

_HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "KERAS_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")
_NO_CAPABILITIES = ["--bounding-set=-all", "--inh-caps=-all"]
# May read everything, as the interpreter may lie in a home, and write nothing that is another's.
_READS_ALL = [f"--{kind}={'-all,+dac_read_search'}" for kind in ("bounding-set", "inh-caps", "ambient-caps")]


def may_change_user() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("setpriv") is not None


# How well the kernels' code is made takes the most of the time, and does not matter where it cannot be kept.
QUICKLY_COMPILED = {"NUMBA_OPT": "0"}

as_root = pytest.mark.skipif(not may_change_user(), reason="only root can become another user")


@pytest.fixture
def run(tmp_path, reviews_csv):
    """A function: a user's environment, how to become one, and commands → what they printed to stderr."""
    folder = tmp_path / "work"
    folder.mkdir()
    for path in (folder, *folder.parents):
        if path.is_relative_to(Path(tempfile.gettempdir())) and path != Path(tempfile.gettempdir()):
            path.chmod(0o777 if path == folder else 0o755)
    shutil.copy(reviews_csv, folder / "reviews.csv")
    bare = {name: value for name, value in os.environ.items() if name not in _HOMES}

    def call(*lines, environment, user=(), prelude=""):
        program = (
            f"import sys\n{prelude}\n"
            "import importlib\n"
            "module, name, *words = sys.argv[1:]\n"
            "command = getattr(importlib.import_module(f'lstm_cli.cli.{module}'), name)\n"
            "sys.argv[:] = [name, *words]\n"
            "command()"
        )
        said = ""
        for line in lines:
            done = subprocess.run(
                [*user, sys.executable, "-P", "-c", program, *line],
                cwd=folder,
                env=bare | environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (line, done.stderr)
            said += done.stderr
        assert {path.name for path in folder.iterdir()} <= {"reviews.csv", "run", "loss.svg"}  # no folder "~"
        return said

    return call


TRAIN = (
    "train",
    "train",
    "-m",
    "gru",
    "-d",
    "reviews.csv",
    "--epochs",
    "1",
    "-o",
    "run",
    "-q",
    "-s",
    "data.maxlen=20",
    "-s",
    "model.recurrent=[{cell: simple_rnn, units: 2}]",  # the soonest compiled
)
PREDICT = ("predict", "predict", "run/best-gru-model.h5", "a good film")
PLOT = ("plot", "plot", "run/history.json", "-o", "loss.svg")


@as_root
def test_the_home_of_another_user(run, tmp_path):
    """Mode 700, as `sudo -u` leaves it: nothing in it can even be asked for."""
    home = tmp_path / "home"
    (home / ".keras").mkdir(parents=True)
    (home / ".keras" / "keras.json").write_text("{}")
    home.chmod(0o700)
    os.chown(home, 54321, 54321)
    environment = {"HOME": str(home), "NUMBA_CACHE_DIR": str(home / "numba")}
    user = ["setpriv", *_NO_CAPABILITIES]
    assert run(TRAIN, PLOT, environment=environment, user=user) == ""


@as_root
def test_a_user_whom_nobody_knows(run):
    """No HOME, no entry in the passwd file, a package that cannot be written: as in many a container."""
    user = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", *_READS_ALL]
    assert run(TRAIN, PREDICT, PLOT, environment=QUICKLY_COMPILED, user=user) == ""


@as_root
def test_settings_of_keras_that_are_roots(run, tmp_path):
    """Left behind by `sudo`."""
    (tmp_path / ".keras").mkdir()
    settings = tmp_path / ".keras" / "keras.json"
    settings.write_text("{}")
    settings.chmod(0)
    assert run(TRAIN, environment={"HOME": str(tmp_path)}, user=["setpriv", *_NO_CAPABILITIES]) == ""


def test_no_home_and_no_temporary_folder(run):
    """What `tempfile` looks through cannot be written; the memory's folder is left."""
    nowhere = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/dev/null/nowhere']"
    if not is_writable(Path(user_folders._LAST_TEMPORARY_FOLDER)):
        pytest.skip("this system has none in memory")
    assert run(TRAIN, PLOT, environment={"HOME": "/dev/null"}, prelude=nowhere) == ""


def test_without_any_temporary_folder_the_way_out_is_named(monkeypatch):
    def find_none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", find_none)
    monkeypatch.setattr(user_folders, "_LAST_TEMPORARY_FOLDER", "/dev/null/shm")
    with pytest.raises(OutputError, match="TMPDIR"):
        settle_temporary_folder()


def test_an_unknown_home_gives_a_folder_that_cannot_be_made(monkeypatch):
    def know_nobody(_name):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(user_folders.platformdirs, "user_cache_dir", know_nobody)
    assert not is_writable(find_cache_folder())
    monkeypatch.setattr(user_folders.platformdirs, "user_cache_dir", lambda name: f"~/.cache/{name}")
    assert not is_writable(find_cache_folder())
