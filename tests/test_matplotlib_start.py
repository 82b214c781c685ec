"""matplotlib draws without a place for its cache, and without a word."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_NOWHERE = "a folder that cannot be made"
_DRAW = """
import sys, tempfile
from pathlib import Path
if sys.argv[2] == "no temporary folder":
    tempfile.tempdir = sys.argv[3]
from lstm_cli.history import History
from lstm_cli.plotting import Curves, plot_history, save_figure
curves = Curves("x", [History({"loss": (0.5, 0.4)})])
save_figure(plot_history([curves]), Path(sys.argv[1]))
import matplotlib.pyplot
"""


@pytest.mark.parametrize("temporary", ["a temporary folder", "no temporary folder"])
@pytest.mark.parametrize(
    "environment",
    [
        {"MPLCONFIGDIR": _NOWHERE},
        {"HOME": _NOWHERE},
        {"HOME": _NOWHERE, "XDG_CACHE_HOME": _NOWHERE, "XDG_CONFIG_HOME": _NOWHERE},
        {"MPLCONFIGDIR": _NOWHERE, "MATPLOTLIBRC": _NOWHERE},
        {"MPLCONFIGDIR": _NOWHERE, "MPLBACKEND": "no such backend"},
    ],
    ids=str,
)
def test_a_figure_needs_no_place_for_a_cache(environment, temporary, tmp_path):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MPL", "MATPLOTLIB", "XDG")) and name != "HOME"
    }
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "none")
    figure = tmp_path / "loss.png"
    done = subprocess.run(
        [sys.executable, "-c", _DRAW, figure, temporary, nowhere],
        env=kept | {name: value.replace(_NOWHERE, nowhere) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "settings",
    ["font.family: no such font\nno such key\n", "text.usetex: True\n", "# caf\xe9\n"],
    ids=["a font that is not there, and a line that is none", "TeX, which may not be there either", "no text"],
)
def test_settings_of_the_users_stop_nothing_and_are_followed_without_a_word(settings, tmp_path):
    (tmp_path / "matplotlibrc").write_text(settings, encoding="latin-1")
    done = subprocess.run(
        [sys.executable, "-c", _DRAW, tmp_path / "loss.svg", "a temporary folder"],
        env=os.environ | {"MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("asked", "then"), [("svg", "svg"), ("module://not.there.yet", "module://not.there.yet"), ("none", "agg")]
)
def test_a_program_keeps_the_backend_that_it_has_asked_for(asked, then):
    """A notebook's shows its figures after a training as before."""
    program = (
        "import os\n"
        "from lstm_cli.plotting.canvas import start_figure\n"
        "start_figure('x', size=(1, 1))\n"
        "import matplotlib\n"
        "print(os.environ['MPLBACKEND'], matplotlib.rcParams['backend'])"
    )
    environment = os.environ | {"MPLBACKEND": asked}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert done.stdout.decode().split() == [asked, then]


def test_other_messages_of_matplotlibs_are_heard_again_afterwards():
    program = (
        "import logging\n"
        "from lstm_cli.matplotlib_start import start_matplotlib\n"
        "logging.getLogger('matplotlib').setLevel(logging.INFO)\n"
        "start_matplotlib()\n"
        "print(logging.getLogger('matplotlib').level == logging.INFO)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
