"""Keras on TensorFlow, started once a process and without its noise."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lstm_cli.kernels.threads import count_cores, get_threads, set_threads
from lstm_cli.matplotlib_start import start_matplotlib
from lstm_cli.user_folders import settle_temporary_folder

_NEEDLESS = ("matplotlib", "pandas", "sklearn")  # to Keras as commands use it


def start_keras(
    *,
    threads: int | None = None,
    operation_threads: int | None = None,
    connects: bool = False,
    lean: bool = False,
) -> None:
    """Import Keras on TensorFlow quietly; every command that needs them calls this first.

    TensorFlow's C++ parts write their banner straight to file descriptor 2 while they are imported, whatever
    the log level says, so the descriptor is turned aside for that long; where the import fails, what was
    written is shown.

    Args:
        threads: how many compute, ours and TensorFlow's alike, which work in turn; by default one a core.
        operation_threads: how many one of TensorFlow's operations takes, if not as many.
        connects: leave the first operation to the caller, who connects this process to other workers with it:
            TensorFlow lets nothing come before. What is said of the connection then is the caller's to say.
        lean: import Keras without scikit-learn, pandas and matplotlib, which its wrappers, its data adapters and
            its plots would use: a third of its time. For a process of our own, where nobody wants these of Keras.
    """
    # Ours whatever the user's keras.json names: the recurrent kernels and the .h5 files are TensorFlow's.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    settle_temporary_folder()
    # oneDNN prepares long for a product of a few numbers, and rounds otherwise: every command goes without it.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3" if connects else "2")
    with _hold_back_stderr(), _pass_over_unreadable_settings(), _hide(_NEEDLESS if lean else ()):
        if not lean:
            start_matplotlib()  # which Keras imports, and which would fail where it finds no place for its cache
        import absl.logging
        import keras  # noqa: F401 - imported for its effect: from here on it is there at once
        import tensorflow as tf

        _share_cores(threads, operation_threads)
        if not connects:
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


@contextmanager
def in_single_precision() -> Iterator[None]:
    """Let Keras compute in float32, as our kernels and files do, whatever a program or keras.json asked it for."""
    import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def _share_cores(threads: int | None, operation_threads: int | None) -> None:
    """Give TensorFlow's operations and our kernels the same threads, unless told otherwise; one at a time.

    A step is a chain of operations: several at once only take the cores from the kernel under way.
    """
    import tensorflow as tf

    set_threads(threads)
    try:
        tf.config.threading.set_intra_op_parallelism_threads(operation_threads or get_threads())
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # TensorFlow runs already, started by the program that imported us: its own setting stays
        return


@contextmanager
def _hide(names: Iterable[str]) -> Iterator[None]:
    """Let packages be missing for whoever imports them meanwhile, but for those that are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own sign for what cannot be imported
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def _pass_over_unreadable_settings() -> Iterator[None]:
    """Import Keras without its keras.json where that is another user's, as after `sudo`, or the home unknown."""
    home = os.environ.get("KERAS_HOME")
    try:
        settings = Path(home or "~/.keras", "keras.json").expanduser()
        is_readable = os.access(settings, os.R_OK) or not os.access(settings, os.F_OK)
    except RuntimeError:  # nobody knows the user's home: Keras would make a folder named `~`
        is_readable = False
    if is_readable:
        yield
        return
    os.environ["KERAS_HOME"] = os.devnull
    try:
        yield
    finally:
        del os.environ["KERAS_HOME"]
        os.environ |= {} if home is None else {"KERAS_HOME": home}


def open_scratch_file() -> IO[bytes]:
    """Open a nameless file; where no temporary folder can be written, one that keeps nothing."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return Path(os.devnull).open("r+b")


@contextmanager
def _hold_back_stderr() -> Iterator[None]:
    """Keep file descriptor 2 from the user's eyes, unless the body fails; an interrupt is no failure."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none to be turned aside
        yield
        return
    with open_scratch_file() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(kept, 2)
            aside.seek(0)
            os.write(2, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
