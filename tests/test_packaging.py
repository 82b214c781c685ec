"""The wheel and the sdist: all that a stranger needs is in them, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from lstm_cli import __version__
from lstm_cli.config import list_config_names

_ROOT = Path(__file__).parent.parent


def _build(kind: str, source: Path, target: Path) -> Path:
    """Build by the hook that every installer calls (PEP 517), without a network."""
    program = f"import sys, hatchling.build as backend; print(backend.build_{kind}(sys.argv[1]))"
    result = subprocess.run(
        [sys.executable, "-c", program, target], cwd=source, capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    return target / result.stdout.split()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    """The source distribution of this tree."""
    return _build("sdist", _ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this tree."""
    return _build("wheel", _ROOT, tmp_path_factory.mktemp("wheel"))


def _read_contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _list_files(folder: Path, suffix: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob(f"*{suffix}")}


def test_the_wheel_holds_the_package_and_the_configurations_and_nothing_else(wheel):
    contents = _read_contents(wheel)
    modules = {f"lstm_cli/{name}" for name in _list_files(_ROOT / "lstm_cli", ".py")}
    configs = {f"lstm_cli/configs/{name}" for name in _list_files(_ROOT / "configs", ".yaml")}
    assert configs
    # Type checkers believe the package's types where this file lies in it (PEP 561).
    assert {name for name in contents if ".dist-info/" not in name} == modules | configs | {"lstm_cli/py.typed"}
    for name in configs:
        assert contents[name] == (_ROOT / name.removeprefix("lstm_cli/")).read_bytes()


def test_the_wheel_names_every_command_and_its_licence(wheel):
    contents = _read_contents(wheel)
    information = f"lstm_cli-{__version__}.dist-info"
    scripts = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert set(scripts) >= {
        "lstm-train",
        "lstm-data",
        "lstm-eval",
        "lstm-plot",
        "lstm-predict",
        "lstm-config",
        "lstm-compare",
        "lstm-sweep",
    }
    entry_points = contents[f"{information}/entry_points.txt"].decode()
    for name, target in scripts.items():
        assert f"{name} = {target}" in entry_points
    assert contents[f"{information}/licenses/LICENSE"] == (_ROOT / "LICENSE").read_bytes()


def test_the_sdist_builds_the_same_wheel_and_holds_the_tests(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert _read_contents(_build("wheel", source, tmp_path)) == _read_contents(wheel)
    for name in ("tests/test_packaging.py", "Makefile", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"):
        assert (source / name).is_file(), name
    assert not list(source.rglob("*.pyc"))


def test_a_wheel_install_works_from_any_folder_like_the_checkout(wheel, tmp_path):
    """What the commands find is the wheel's: nothing of the checkout is on the path before it."""
    target, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--target", target, wheel], check=True)
    environment = os.environ | {"PYTHONPATH": str(target)}

    def run(*arguments):
        result = subprocess.run(
            arguments, cwd=elsewhere, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    package = run(sys.executable, "-c", "import lstm_cli; print(lstm_cli.__file__)")
    assert Path(package).is_relative_to(target)
    listed = run(target / "bin" / "lstm-config", "ls")
    assert [line.split()[0] for line in listed.splitlines()] == list_config_names()
    for name in ("lstm-train", "lstm-eval", "lstm-plot", "lstm-predict"):
        assert run(target / "bin" / name, "--version") == f"{name} {__version__}\n"
    assert "cell: gru" in run(target / "bin" / "lstm-train", "-m", "gru", "--print-config")


def test_an_installed_command_stands_beside_this_python():
    scripts = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for name in scripts:
        assert (Path(sys.executable).parent / name).is_file(), name


def test_the_oldest_versions_tested_are_the_lower_bounds():
    """`make test-lowest` runs on the very versions that pyproject.toml promises to work."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {}
    extras = project["optional-dependencies"]
    promised = [lines for name, lines in extras.items() if name not in {"bench", "dev"}]
    for requirement in map(Requirement, chain(project["dependencies"], *promised)):
        lowest = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if lowest:
            bounds[requirement.name] = Version(lowest[0])
    lines = (_ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert {name: Version(version) for name, version in tested.items()} == bounds
