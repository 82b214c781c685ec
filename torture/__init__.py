"""Kills, failing disks and damaged files, by the hundred: what docs/reliability.md promises, tried."""

import os

# Read when NumPy is imported: trainings are forked from this process, and only one thread forks safely.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
