"""What tests of all rooms share: caches out of the way, real reviews, a small model, Keras started."""

from __future__ import annotations

import csv
import gc
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import forked_python
import pytest
from filelock import FileLock
from hypothesis import settings

from lstm_cli.config import Config, load_config
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.sources import load_corpus
from lstm_cli.kernels.precompilation import finish_precompilation, start_precompilation
from lstm_cli.modelfile import content

# As `start_keras` has it: some tests import Keras before, and all processes must round alike.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

gc.set_threshold(50_000)  # as commands do: else the first one would, in the middle of the suite

# A shell starts what runs in its background deaf to Ctrl-C, and some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is the machine's business; the first one may import Keras. The suite judges a change:
# its examples are always the same. `pytest -m hypothesis --hypothesis-profile torture` draws more, and others.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("torture", deadline=None, max_examples=4_000)
settings.load_profile("suite")

# Half a minute and more each.
_LONGEST = (
    "cli/test_sweep.py", "training/test_resume.py", "test_user_folders.py", "training/test_step.py",
    "cli/test_train.py", "cli/test_ngram_lstm.py", "sessions/test_ensemble.py", "cli/test_workers.py",
    "sessions/test_session.py", "torture/test_main.py", "training/test_classes.py", "test_sklearn.py",
    "test_backend.py", "test_forked_python.py", "models/test_fast_layers.py", "cli/test_hostile_files.py",
    "cli/test_standard_input.py", "reproduction/test_grouped_folds.py", "inference/test_network.py",
    "models/test_kernels.py", "cli/test_classes.py", "modelfile/test_stored_model.py",
    "cli/test_several_runs.py", "training/test_embedding_learner.py",
)  # fmt: skip

# Of 300 reviews 216 are learnt from: in batches of 36 none is short, and one step fewer is traced. Short ones are
# seen where steps and resuming are.
_TINY_CONFIG = """
name: tiny
data: {num_words: 60, maxlen: 12}
model:
  embedding: {output_dim: 3}
  recurrent:
    - {cell: gru, units: 2}
training:
  optimizer: {name: adam, learning_rate: 0.01}
  batch_size: 36
  epochs: 2
  seed: 7
"""


@pytest.hookimpl(trylast=True)  # after they have been shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: where several processes share the files, all end together."""
    tests = Path(__file__).parent
    ranks = {tests / name: rank for rank, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


def pytest_collection_finish() -> None:
    """Let commands be forked in the environment that the tests have found."""
    forked_python.remember_environment()


def _set_caches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))


@pytest.fixture(scope="module")
def _file_cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _caches(_file_cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in the place of the user's caches, Keras' among them: one for all tests of a file."""
    _set_caches(_file_cache_home, monkeypatch)


@pytest.fixture
def cache_home(
    _caches: None,  # they must have been set before
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An empty folder in that place."""
    home = tmp_path_factory.mktemp("cache")
    _set_caches(home, monkeypatch)
    return home


@pytest.fixture(autouse=True)
def _forked_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that read model files are forked; how they start is seen where they are tested."""
    names = {name: getattr(subprocess, name) for name in ("DEVNULL", "PIPE")}
    monkeypatch.setattr(content, "subprocess", SimpleNamespace(Popen=forked_python.ReaderPopen, **names))


@pytest.fixture(scope="session")
def _session_cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("session-cache")


@pytest.fixture
def shared_cache_home(
    _caches: None,  # they must have been set before
    _session_cache_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """One cache for all tests that ask for it, so that the 25,000 reviews are encoded once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(_session_cache_home))
    return _session_cache_home


@pytest.fixture(scope="session")
def imdb() -> Corpus:
    """The 25,000 real reviews."""
    return load_corpus("imdb")


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """A function: a name, and what makes a file or a folder → its path, the same in all processes of the suite."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def make(name: str, write: Callable[[Path], object]) -> Path:
        path = shared / "made-once" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                write(path)
        return path

    return make


@pytest.fixture(scope="session", autouse=True)
def _compiled_kernels(make_once: Callable[..., Path], request: pytest.FixtureRequest) -> None:
    """Each cell's kernels, compiled by one of the suite's processes: else all that begin together would.

    One cell's first, as the half of it is what all have, while the processes import Keras; then the others'.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "")[2:] or -1)
    if number == -1:  # few files are tested alone, and compile what they need
        return

    def compile_cell(mark: Path) -> None:
        start_precompilation([mark.name])
        request.getfixturevalue("keras_started")
        finish_precompilation()
        mark.touch()

    if number > 0:
        request.getfixturevalue("keras_started")
    make_once("gru", compile_cell)
    others = ("lstm", "simple_rnn")
    for place in range(len(others)):  # another process begins with another
        make_once(others[(number + place) % len(others)], compile_cell)


@pytest.fixture(scope="session")
def reviews_csv(imdb: Corpus, make_once: Callable[..., Path]) -> Path:
    """300 real reviews, half of them positive, in turn."""

    def write(path: Path) -> None:
        halves = ([review for review in imdb.reviews if review.label == label][:150] for label in (0, 1))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            for pair in zip(*halves, strict=True):
                writer.writerows((review.text, review.label) for review in pair)

    return make_once("reviews.csv", write)


@pytest.fixture(scope="session")
def keras_started() -> None:
    """Keras on TensorFlow, imported as the commands import it."""
    from lstm_cli.backend import start_keras

    start_keras()
    gc.freeze()  # a million objects, to stay: not to be looked through for garbage again and again


@pytest.fixture(scope="session")
def tiny_config_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a model of a few units, quickly trained."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.yaml"
    path.write_text(_TINY_CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def tiny_config(tiny_config_file: Path) -> Callable[..., Config]:
    """A function: a data set's path, and settings as after `--set` → the tiny model's configuration."""

    def build(dataset: Path | str, *overrides: str) -> Config:
        config = load_config(tiny_config_file, overrides=overrides)
        return config.model_copy(update={"data": config.data.model_copy(update={"dataset": str(dataset)})})

    return build


@pytest.fixture(scope="session")
def small_model_file(
    tmp_path_factory: pytest.TempPathFactory,
    keras_started: None,  # noqa: ARG001 - it must have been
) -> bytes:
    """A valid model file of ours."""
    from model_files import save

    path = tmp_path_factory.mktemp("small") / "model.h5"
    save(path)
    return path.read_bytes()


@pytest.fixture
def model_path(tmp_path: Path, small_model_file: bytes) -> Path:
    """A valid model file of ours, to be spoilt."""
    path = tmp_path / "model.h5"
    path.write_bytes(small_model_file)
    return path


@pytest.fixture(scope="session")
def foreign_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    keras_started: None,  # noqa: ARG001 - it must have been
) -> bytes:
    """A valid model file of plain Keras."""
    from model_files import build, read_config

    path = tmp_path_factory.mktemp("foreign") / "model.h5"
    build(read_config()).save(path)
    return path.read_bytes()


@pytest.fixture
def foreign_path(tmp_path: Path, foreign_bytes: bytes) -> Path:
    """A valid model file of plain Keras, to be spoilt."""
    path = tmp_path / "foreign.h5"
    path.write_bytes(foreign_bytes)
    return path
