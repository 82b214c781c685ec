"""One file says the version: to the build, to the package and to what it writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from packaging.version import Version

import lstm_cli
from lstm_cli import version

_ROOT = Path(__file__).parent.parent


def test_the_build_reads_it_from_the_file_that_the_package_reads_it_from():
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert _ROOT / project["tool"]["hatch"]["version"]["path"] == _ROOT / "lstm_cli" / "version.py"
    assert "version" not in project["project"]
    metadata = ProjectMetadata(str(_ROOT), PluginManager(), project)
    assert metadata.version == version.__version__ == lstm_cli.__version__


def test_it_is_written_as_installers_compare_versions():
    assert str(Version(version.__version__)) == version.__version__
