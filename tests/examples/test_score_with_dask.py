"""The example that scores a partitioned set: two workers, one of them killed, and every row there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

_EXAMPLES = Path(__file__).parents[2] / "examples"
_FILES, _ROWS = 12, 2_000

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")


@pytest.fixture
def partitioned(tmp_path):
    """A set of Parquet files, in folders; one row has no text."""
    folder = tmp_path / "reviews"
    for number in range(_FILES):
        ids = range(number * _ROWS, (number + 1) * _ROWS)
        texts = [f"a wonderful film of the year {each} and it is the best of all" for each in ids]
        place = folder / f"year={number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame({"id": ids, "body": texts})
        frame.loc[7, "body"] = None
        frame.to_parquet(place / f"{number}.parquet")
    return folder


_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from distributed import Client, LocalCluster
from score_with_dask import score_all
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0)
    with cluster, Client(cluster) as client:
        print(*client.run(__import__("os").getpid).values(), flush=True)
        print(score_all(client, *map(Path, sys.argv[2:5]), text="body"))
"""


def test_a_worker_that_is_killed_loses_and_doubles_nothing(partitioned, model_path, tmp_path):
    program, scored = tmp_path / "program.py", tmp_path / "scored"
    program.write_text(_PROGRAM)
    with subprocess.Popen(
        [sys.executable, program, _EXAMPLES, model_path, partitioned, scored],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        workers = [int(number) for number in process.stdout.readline().split()]
        until = time.monotonic() + 120
        while not list(scored.rglob("*.parquet")) and time.monotonic() < until:
            time.sleep(0.01)
        assert len(list(scored.rglob("*.parquet"))) < _FILES
        os.kill(workers[0], signal.SIGKILL)
        output, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    assert int(output) == _FILES * _ROWS
    files = sorted(path.relative_to(scored) for path in scored.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(partitioned) for path in partitioned.rglob("*.parquet"))
    rows = pd.concat([pd.read_parquet(scored / file) for file in files])
    assert sorted(rows["id"]) == list(range(_FILES * _ROWS))
    assert rows["prediction"].isna().sum() == _FILES
    assert set(rows["prediction"].dropna()) <= {"negative", "positive"}
