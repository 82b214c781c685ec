"""One engine on one case, in a process of its own: `python -m benchmarks.worker ENGINE FOLDER`.

It answers each line on stdin with a line of JSON on stdout: `round` with how one went, `peak` with the process'
peak memory. It ends with stdin.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.engines import build_round
from benchmarks.workload import load_workload


def main(engine: str, folder: Path) -> None:
    """Serve until stdin ends."""
    # What the engines print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(document: object) -> None:
        print(json.dumps(document), file=answers, flush=True)

    run = build_round(engine, load_workload(folder))
    answer("ready")
    for line in sys.stdin:
        if line.strip() == "round":
            answer(asdict(run()))
        else:
            answer(_measure_peak_memory())


def _measure_peak_memory() -> int:
    """Return the most memory that the process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
