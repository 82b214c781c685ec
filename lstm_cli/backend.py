"""Keras on TensorFlow, started once a process and without its noise."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def start_keras() -> None:
    """Import Keras on TensorFlow quietly; every command that needs them calls this first.

    TensorFlow's C++ parts write their banner straight to file descriptor 2 while they are imported, whatever
    the log level says, so the descriptor is turned aside for that long; where the import fails, what was
    written is shown.
    """
    # Ours whatever the user's keras.json names: the recurrent kernels and the .h5 files are TensorFlow's.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _hold_back_stderr():
        import absl.logging
        import keras  # noqa: F401 - imported for its effect: from here on it is there at once
        import tensorflow as tf

        tf.constant(0)  # the devices announce themselves at the first operation
    tf.get_logger().setLevel(logging.ERROR)
    absl.logging.set_verbosity(absl.logging.ERROR)  # Keras' advice against .h5, which is what we promise


def name_device() -> str:
    """Return what TensorFlow computes on, such as `CPU, 2 cores` or `GPU, NVIDIA H200`."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return f"GPU, {details.get('device_name', 'unnamed')}"
    cores = count_cores()
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"


def has_gpu() -> bool:
    """Return whether TensorFlow computes on a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _hold_back_stderr() -> Iterator[None]:
    """Keep file descriptor 2 from the user's eyes, unless the body fails."""
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            aside.seek(0)
            os.write(2, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
