"""`import lstm_cli`: at once, and with what docs/python.md says it holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import forked_python
import pytest

import lstm_cli

_PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_importing_the_package_takes_next_to_nothing():
    program = (
        "import sys, time\nbegan = time.process_time()\nimport lstm_cli\n"
        "taken = time.process_time() - began\nassert 'numpy' not in sys.modules\nprint(taken)"
    )
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=True) for _ in range(5)]
    assert min(float(run.stdout) for run in runs) < 0.05


def test_every_public_name_is_there_has_a_docstring_and_a_place_in_the_page():
    page = _PAGE.read_text(encoding="utf-8")
    for name in lstm_cli.__all__:
        if name != "__version__":
            assert getattr(lstm_cli, name).__doc__
            assert re.search(rf"^\| `{name}[`(]", page, re.MULTILINE), name
    assert sorted(dir(lstm_cli)) == sorted(lstm_cli.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        lstm_cli.trian  # noqa: B018 - the asking is the test


def test_the_examples_of_the_page_run(reviews_csv, tmp_path):
    """One after the other, in one process, as in a notebook."""
    (tmp_path / "reviews.csv").write_bytes(reviews_csv.read_bytes())
    blocks = re.findall(r"^```python\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    done = forked_python.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["gru", "gru-2", "mine"]
