"""The display: a live line in a terminal; one line an epoch elsewhere is held by `test_train`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading

import forked_python
import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX'")
def test_a_terminal_sees_the_epoch_under_way_the_best_so_far_and_the_time_left(
    command_path, command_environment, reviews_csv, tmp_path
):
    import pty

    terminal, stderr = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(terminal, 65536):
                seen.append(data)
        except OSError:  # Linux' way to say that nobody writes any more
            pass

    reader = threading.Thread(target=read)
    reader.start()
    options = [
        "-m",
        "gru",
        "-d",
        reviews_csv,
        "--epochs",
        "30",
        "-s",
        "training.early_stopping=null",
        "-s",
        "data.maxlen=30",
    ]
    result = forked_python.run(
        [command_path("lstm-train"), *options, "-o", tmp_path / "run", "--json"],
        env=command_environment | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        check=False,
    )
    os.close(stderr)
    reader.join()
    os.close(terminal)
    shown = b"".join(seen).decode()
    assert result.returncode == 0, shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"best val_loss 0\.\d{4} \(epoch \d+\) · \d+\.\d\d s an epoch · \d+:\d\d left at most", plain)
    assert re.search(r"epoch +1/30  loss 0\.\d{4}  accuracy .* s  best so far", plain)
    assert re.search(r"epoch 30/30  loss", plain)
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is given back
