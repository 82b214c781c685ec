"""`make torture` in short: the command as it is, with a few of everything."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import forked_python
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks, and counts its threads in /proc")


@pytest.mark.rehearsal
def test_nothing_is_lost_and_nothing_wrong_is_read_and_the_page_says_so(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Reliability\n\n<!-- torture: begin -->\nold\n<!-- torture: end -->\n\n## More\n")
    few = ["--calls", "1", "--kills", "1", "--rounds", "1", "--damages", "20", "--no-fuzz", "--page", page]
    done = forked_python.run(
        [sys.executable, "-m", "torture", *few],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith("# Reliability\n\n<!-- torture: begin -->\n`python -m torture --calls 1 ")
    assert text.endswith("<!-- torture: end -->\n\n## More\n")
    assert "begin -->\nold" not in text
    # a scoring may end before its instant: then another is killed
    assert re.search(r"\| [1-9]\d* kills of [1-9]\d* scorings of a file", text)
    for row in ("kills of 1 trainings", "at random instants", "failures of the disk", "damages to the state"):
        assert row in text
