"""Keras starts on TensorFlow, in silence, whatever the user's settings, and says what it computes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import forked_python
import pytest

from lstm_cli import backend


def run_python(program: str, *, run=subprocess.run, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, TensorFlow's settings left to us."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS"}
    }
    return run(
        [sys.executable, "-c", program], env=kept | environment, capture_output=True, text=True, check=False
    )


def test_it_starts_in_silence_on_tensorflow_whatever_the_user_asked_keras_for(tmp_path):
    """Nothing on either stream, saving an .h5 included; a keras.json and a variable name another backend."""
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "jax", "floatx": "float32"}))
    program = (
        "import sys\n"
        "from lstm_cli.backend import start_keras\n"
        "start_keras(); start_keras()\n"
        "import keras\n"
        "assert keras.backend.backend() == 'tensorflow'\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        f"model.save({str(tmp_path / 'model.h5')!r})\n"
        "sys.stderr.write('still there')"
    )
    done = run_python(program, KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "still there")


def test_where_the_import_fails_the_reason_is_shown(tmp_path):
    """A TensorFlow that writes to the descriptor itself and then breaks."""
    (tmp_path / "tensorflow.py").write_text("import os\nos.write(2, b'no AVX here')\nraise ImportError('broken')")
    program = "from lstm_cli.backend import start_keras; start_keras()"
    done = run_python(program, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "no AVX here" in done.stderr
    assert "ImportError: broken" in done.stderr


@pytest.mark.parametrize(("given", "expected"), [({}, "0"), ({"TF_ENABLE_ONEDNN_OPTS": "1"}, "1")])
def test_every_command_rounds_alike_unless_the_user_asks_for_onednn(given, expected):
    program = (
        "from lstm_cli.backend import start_keras\n"
        "start_keras()\n"
        "import os\n"
        "print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    )
    assert run_python(program, run=forked_python.run, **given).stdout == f"{expected}\n"


@pytest.mark.parametrize("threads", [3, None])
def test_tensorflow_and_the_kernels_get_the_same_threads(threads):
    program = (
        "from lstm_cli.backend import start_keras\n"
        f"start_keras(threads={threads})\n"
        "import tensorflow as tf\n"
        "from lstm_cli.kernels.threads import get_threads\n"
        "threading = tf.config.threading\n"
        "print(get_threads(), threading.get_intra_op_parallelism_threads(),"
        " threading.get_inter_op_parallelism_threads())"
    )
    expected = threads or backend.count_cores()
    assert run_python(program, run=forked_python.run).stdout == f"{expected} {expected} 1\n"


def test_a_tensorflow_that_runs_already_keeps_its_own_threads():
    """As in a notebook that imports us after it has computed something."""
    program = (
        "import tensorflow as tf; tf.constant(1)\n"
        "from lstm_cli.backend import start_keras; start_keras(threads=3); print('started')"
    )
    done = run_python(program, run=forked_python.run)
    assert (done.returncode, done.stdout) == (0, "started\n")


def test_a_lean_start_leaves_out_what_commands_do_not_need_and_hides_it_from_nobody_afterwards():
    """The packages that Keras' wrappers, data adapters and plots would use; a training with Keras works."""
    program = (
        "import sys\n"
        "from lstm_cli.backend import start_keras\n"
        "start_keras(lean=True)\n"
        "print([name for name in ('matplotlib', 'pandas', 'sklearn') if name in sys.modules])\n"
        "import keras, numpy\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        "model.compile(loss='mse')\n"
        "model.fit(numpy.ones((4, 2)), numpy.ones((4, 1)), verbose=0)\n"
        "import matplotlib.figure, pandas, sklearn.metrics\n"
        "print('there')"
    )
    done = run_python(program)
    assert (done.returncode, done.stdout) == (0, "[]\nthere\n")


def test_what_is_there_already_is_not_hidden():
    """A program that has imported scikit-learn before goes on with the same."""
    program = (
        "import sys, sklearn\n"
        "from lstm_cli.backend import start_keras\n"
        "start_keras(lean=True)\n"
        "print(sys.modules['sklearn'] is sklearn)"
    )
    assert run_python(program).stdout == "True\n"


@pytest.mark.usefixtures("keras_started")
class TestDevice:
    def fake_gpus(self, monkeypatch, gpus, details=None):
        import tensorflow as tf

        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else ["CPU"])
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _gpu: details or {})

    @pytest.mark.parametrize(("cores", "expected"), [(1, "CPU, 1 core"), (12, "CPU, 12 cores")])
    def test_a_cpu_is_named_with_its_cores(self, monkeypatch, cores, expected):
        self.fake_gpus(monkeypatch, [])
        monkeypatch.setattr(backend, "count_cores", lambda: cores)
        assert backend.name_device() == expected
        assert not backend.has_gpu()

    @pytest.mark.parametrize(
        ("details", "expected"), [({"device_name": "NVIDIA H200"}, "GPU, NVIDIA H200"), (None, "GPU, unnamed")]
    )
    def test_a_gpu_is_named(self, monkeypatch, details, expected):
        self.fake_gpus(monkeypatch, ["GPU:0"], details)
        assert backend.name_device() == expected
        assert backend.has_gpu()


def test_cores_are_those_that_the_process_may_use():
    """Containers and `taskset` allow fewer than the machine has."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system pins no processes")
    one = min(os.sched_getaffinity(0))
    program = (
        f"import os; os.sched_setaffinity(0, {{{one}}})\n"
        "from lstm_cli.backend import count_cores; print(count_cores())"
    )
    assert run_python(program).stdout == "1\n"
    assert backend.count_cores() == len(os.sched_getaffinity(0))


def test_cores_are_counted_where_no_process_can_be_pinned(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert backend.count_cores() == 1


@pytest.mark.parametrize("home", [None, "/somewhere"])
def test_where_keras_settings_lie_is_passed_over_only_while_it_is_imported(monkeypatch, home):
    if home:
        monkeypatch.setenv("KERAS_HOME", home)
    else:
        monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(backend.os, "access", lambda _, mode: mode == os.F_OK)
    with backend._pass_over_unreadable_settings():
        assert os.environ["KERAS_HOME"] == os.devnull
    assert os.environ.get("KERAS_HOME") == home
