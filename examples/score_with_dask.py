"""Score the files of a partitioned Parquet set on a Dask cluster, with a model that every worker loads once.

    python examples/score_with_dask.py runs/gru/best-gru-model.h5 reviews/ scored/ --text body
    python examples/score_with_dask.py MODEL.h5 /shared/reviews /shared/scored --scheduler tcp://node-1:8786

Without `--scheduler` it starts workers on this machine, one a core. With it the folders and the model must lie
where all workers see them. A file is a task: it is read, scored and written whole under its own name, so that one
that is done twice, because its worker was lost, is there once; files that are there already are not scored again.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

import pandas as pd
from distributed import Client, LocalCluster, WorkerPlugin, as_completed, get_worker

_MOST_TRIES = 5  # of a file; a worker may be lost because of it


class LoadModel(WorkerPlugin):
    """Gives a worker the model when it starts, also one that takes a lost one's place.

    Args:
        model_file: where the worker finds it.
    """

    name = "lstm-cli-model"

    def __init__(self, model_file: str) -> None:
        self.model_file = model_file

    def setup(self, worker) -> None:  # noqa: ANN001 - Dask's own
        """Load it; no TensorFlow is imported for that."""
        import lstm_cli
        from lstm_cli.kernels.threads import set_threads

        set_threads(1)  # a worker a core: each has its own
        worker.lstm_cli_model = lstm_cli.load(self.model_file, verbose=0)


def score(source: str, target: str, *, text: str) -> int:
    """Write a Parquet file's rows with what the model makes of them, whole or not at all; return their number."""
    frame = pd.read_parquet(source)
    predictions = get_worker().lstm_cli_model.predict(frame[text].fillna(""))
    frame["prediction"] = [prediction.label for prediction in predictions]
    frame["probability"] = [prediction.probability for prediction in predictions]
    aside = Path(target).with_name(f".{Path(target).name}-{secrets.token_hex(4)}")
    try:
        frame.to_parquet(aside, index=False)
        os.replace(aside, target)  # noqa: PTH105 - atomic, on any shared file system worth the name
    finally:
        aside.unlink(missing_ok=True)
    return len(frame)


def score_all(client: Client, model_file: Path, source: Path, target: Path, *, text: str) -> int:
    """Score every file that has not been scored yet, and return the rows that were."""
    target.mkdir(parents=True, exist_ok=True)
    client.register_plugin(LoadModel(str(model_file.resolve())))
    files = [
        path for path in sorted(source.rglob("*.parquet")) if not (target / path.relative_to(source)).exists()
    ]
    tasks = []
    for path in files:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        tasks.append(
            client.submit(
                score, str(path.resolve()), str(place.resolve()), text=text, retries=_MOST_TRIES, pure=False
            )
        )
    rows = 0
    for done, task in enumerate(as_completed(tasks), start=1):
        rows += task.result()
        print(f"\r{done:,} of {len(tasks):,} files, {rows:,} rows", end="", file=sys.stderr)
    print(file=sys.stderr)
    for left in target.rglob(".*.parquet-*"):  # by workers that were lost while they wrote
        left.unlink()
    return rows


def main() -> None:
    """Read the command line, and score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model_file", type=Path)
    parser.add_argument("source", type=Path, help="a folder of .parquet files, at any depth")
    parser.add_argument("target", type=Path, help="a folder for the scored ones, of the same names")
    parser.add_argument("--text", default="text", help="the column of the text")
    parser.add_argument("--scheduler", help="of a cluster; by default this machine is one")
    arguments = parser.parse_args()
    if arguments.scheduler:
        client = Client(arguments.scheduler)
    else:
        client = Client(LocalCluster(threads_per_worker=1, dashboard_address=None))
    with client:
        score_all(client, arguments.model_file, arguments.source, arguments.target, text=arguments.text)


if __name__ == "__main__":
    main()
