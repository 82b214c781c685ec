"""A forked process is one like any other: it is told, it answers, it is killed, and it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import forked_python
import h5py
import numpy as np
import pytest

from lstm_cli.modelfile import child

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a process to another parent")


def start(program, *arguments, **options):
    """Start a program out of a fork, its output kept."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    process = forked_python.Popen([sys.executable, "-c", textwrap.dedent(program), *arguments], **streams)
    assert process.is_forked
    return process


def finish(process):
    """Return its exit code and what it has said."""
    return (process.wait(60), *process.communicate())


def test_it_has_what_it_is_given_and_gives_back_what_it_has(tmp_path):
    program = """
        import atexit, os, sys
        atexit.register(print, "the end")
        print(sys.argv, os.getcwd(), os.environ["NAME"], "HOME" in os.environ, sys.stdin.read(), __name__)
        print("aside", file=sys.stderr)
        sys.exit(7)
    """
    process = start(program, "a", "ä b", stdin=subprocess.PIPE, cwd=tmp_path, env={"NAME": "ü"} | no_home())
    stdout, stderr = process.communicate("schön")
    assert (process.returncode, process.poll()) == (7, 7)
    assert stdout == f"['-c', 'a', 'ä b'] {tmp_path} ü False schön __main__\nthe end\n"
    assert stderr == "aside\n"


def no_home():
    """Return this environment without a home."""
    return {name: value for name, value in os.environ.items() if name not in ("HOME", "NAME")}


def test_the_frameworks_are_there_at_once_and_nothing_of_ours_is():
    program = """
        import sys
        print({"tensorflow", "keras", "numba"} <= set(sys.modules), "lstm_cli" in sys.modules, "" == sys.path[0])
        import tensorflow as tf
        print(float(tf.reduce_sum(tf.ones(5))))
    """
    assert finish(start(program)) == (0, "True False True\n5.0\n", "")


def test_a_package_in_the_commands_own_folder_is_the_one_that_it_imports(tmp_path):
    (tmp_path / "lstm_cli").mkdir()
    (tmp_path / "lstm_cli" / "__init__.py").write_text("place = 'a copy'")
    program = "import lstm_cli; print(lstm_cli.place)"
    assert finish(start(program, cwd=tmp_path)) == (0, "a copy\n", "")


def test_a_command_of_ours_imports_anew_what_has_changed(tmp_path):
    """As `make mutants` changes it: a server of its own reads a copy first, which then is another."""
    shutil.copytree(ROOT / "lstm_cli", tmp_path / "lstm_cli", ignore=shutil.ignore_patterns("__pycache__"))
    program = f"""
        import os, sys
        from pathlib import Path
        os.environ |= {{"PYTHONPATH": {str(tmp_path)!r}, "PYTHONDONTWRITEBYTECODE": "1"}}
        sys.path.insert(0, {str(ROOT / "tests")!r})
        import forked_python
        forked_python.remember_environment()
        asked = [Path(sys.executable).parent / "lstm-config", "schema"]
        forked_python.run(asked)
        with Path({str(tmp_path)!r}, "lstm_cli", "config", "__init__.py").open("a") as file:
            file.write("\\nprint('# changed', flush=True)\\n")
        forked_python.run(asked)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, _, second = done.stdout.partition("# changed\n")
    assert first == second != ""


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(signal.SIGKILL, -signal.SIGKILL, ""), (signal.SIGTERM, -signal.SIGTERM, ""),
     (signal.SIGINT, -signal.SIGINT, "KeyboardInterrupt")],
)  # fmt: skip
def test_a_signal_to_its_group_ends_it_as_it_ends_any(number, code, words):
    process = start("import time\nprint('ready', flush=True)\ntime.sleep(600)", start_new_session=True)
    assert process.stdout.readline() == "ready\n"
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.01)
    assert os.getpgid(process.pid) == process.pid
    os.killpg(process.pid, number)
    found, _, stderr = finish(process)
    assert found == code
    assert words in stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_once_is_not_lost(number):
    for _ in range(5):
        process = start("import time\ntime.sleep(600)", start_new_session=True)
        os.killpg(process.pid, number)
        assert finish(process)[0] == -number


def test_it_has_the_cores_that_this_process_has():
    mine = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {max(mine)})
        assert finish(start("import os; print(os.sched_getaffinity(0))")) == (0, f"{ {max(mine)} }\n", "")
    finally:
        os.sched_setaffinity(0, mine)


def test_an_uncaught_error_is_a_traceback_and_os_exit_says_nothing():
    code, _, stderr = finish(start("raise ValueError('no')"))
    assert (code, stderr.splitlines()[-1]) == (1, "ValueError: no")
    assert finish(start("import os, sys\nsys.stdout.write('lost')\nos._exit(9)")) == (9, "", "")


@pytest.mark.parametrize(
    "ending",
    [
        "pass", "sys.exit()", "sys.exit(0)", "sys.exit(True)", "sys.exit(300)", "sys.exit(-1)", "sys.exit('no')",
        "sys.exit((1, 2))", "raise SystemExit(3)", "1 / 0", "raise KeyboardInterrupt", "sys.stdout = None",
        "sys.stdout.close()", "threading.Thread(target=sys.exit, args=[5]).start()",
        "atexit.register(sys.exit, 6)", "atexit.register(print, 'late')",
        "threading.Timer(0.2, print, ['later']).start()",
    ],
)  # fmt: skip
def test_it_ends_as_an_interpreter_ends(ending):
    program = f"import atexit, os, sys, threading\nprint('begun', flush=True)\n{ending}\n"
    expected, forked = (
        finish(popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        for popen in (subprocess.Popen, forked_python.Popen)
    )
    assert forked[:2] == expected[:2]
    assert forked[2].splitlines()[-1:] == expected[2].splitlines()[-1:]


def test_two_of_them_share_no_chance():
    program = "import random, tempfile, numpy\nprint(random.random(), numpy.random.random(), tempfile.mktemp())"
    first, second = finish(start(program))[1].split(), finish(start(program))[1].split()
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_an_installed_command_is_its_main_module(tmp_path):
    command = Path(sys.executable).with_name("lstm-train")
    done = forked_python.run([command, "--version"], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.startswith("lstm-train ")
    done = forked_python.run([command, "-c", "print()"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.startswith("Error: Cannot read")) == (2, True), done.stderr
    with pytest.raises(subprocess.CalledProcessError):
        forked_python.run([command, "--nothing"], stderr=subprocess.DEVNULL, check=True)
    with pytest.raises(subprocess.TimeoutExpired):
        forked_python.run([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.5)


def test_a_module_is_found_where_it_is_run(tmp_path):
    (tmp_path / "one.py").write_text("import sys; print(__name__, sys.argv[1:], 'tensorflow' in sys.modules)")
    command = [sys.executable, "-m", "one", "a"]
    done = forked_python.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == "__main__ ['a'] True\n"


_WORKERS = """
import multiprocessing, subprocess, sys
program = [sys.executable, "-c", "import sys; sys.exit(40 + ('tensorflow' in sys.modules))"]
print(subprocess.run(program).returncode)
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=there.send, args=({"words": 3},))
    process.start()
    print(here.recv(), process.join(), process.exitcode, type(subprocess.Popen(program)).__module__)
    endless = context.Process(target=here.recv)
    endless.start()
    endless.kill()
    endless.join()
    print(endless.exitcode, endless.is_alive())
"""


def test_its_workers_are_forked_too():
    assert finish(start(_WORKERS)) == (0, "41\n{'words': 3} None 0 forked_python\n-9 False\n", "")


@pytest.mark.parametrize("environment", [{"PYTHONUTF8": "1"}, {"LC_ALL": "C"}, {"TF_ENABLE_ONEDNN_OPTS": "1"}])
def test_what_is_read_at_the_start_makes_it_a_fresh_process(environment):
    program = "import sys; sys.exit('tensorflow' in sys.modules)"
    process = forked_python.Popen([sys.executable, "-c", program], env=os.environ | environment)
    assert (process.is_forked, process.wait()) == (False, 0)


@pytest.mark.parametrize("words", [["-P", "-c", "print()"], ["-I", "-m", "site"]], ids=str)
def test_other_interpreters_than_a_plain_one_are_started_afresh(words):
    process = forked_python.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    assert (process.is_forked, process.wait()) == (False, 0)


def test_the_servers_end_with_who_started_them():
    """The first with the tests, those beside commands with the commands, however these end."""
    program = """
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        import forked_python
        sleep = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
        process = forked_python.Popen(sleep, stdout=-1, stderr=sys.stderr)
        process.stdout.read(1)
        beside = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        process.kill()
        print(forked_python.COMMANDS.process.pid, beside, process.wait())
    """
    command = [sys.executable, "-c", textwrap.dedent(program), Path(__file__).parent]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # which waits for the end of stderr
    first, beside, code = map(int, done.stdout.split())
    assert code == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{number}").exists() for number in (first, beside)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("content", [b"no HDF5", None], ids=["refused", "read"])
def test_who_reads_a_model_file_writes_what_a_python_of_its_own_writes(tmp_path, content):
    """It comes out of a server of its own, as small as the bound on its memory asks for, and without workers."""
    path = tmp_path / "model.h5"
    if content is None:
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = "{}"
            weights = file.create_group("model_weights")
            weights.attrs["layer_names"] = ["dense"]
            weights.create_group("dense").attrs["weight_names"] = ["kernel"]
            weights["dense/kernel"] = np.arange(6, dtype=np.float32).reshape(2, 3)
    else:
        path.write_bytes(content)
    said = []
    for kind in (subprocess.Popen, forked_python.ReaderPopen):
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
        command = [sys.executable, "-P", child.__file__, str(path)]
        process = kind(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said.append((*process.communicate(timeout=60), process.returncode))
    assert process.is_forked
    assert said[0] == said[1]
    assert (np.arange(6, dtype=np.float32).tobytes() in said[0][0]) == (content is None)


def test_it_is_a_child_of_ours_and_what_it_leaves_behind_is_not():
    program = """
        import os, subprocess, sys
        worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout=-3, stderr=-3)
        print(worker.pid, os.getppid(), type(worker).__module__, flush=True)
        os._exit(0)
    """
    process = start(program)
    worker, parent, module = process.stdout.readline().split()
    assert (int(parent), module) == (os.getpid(), "forked_python")
    assert process.wait() == 0
    process.communicate()
    status = Path(f"/proc/{worker}/status").read_text()
    os.kill(int(worker), signal.SIGKILL)
    assert f"PPid:\t{os.getpid()}\n" not in status


def test_several_threads_may_start_them():
    program = "import sys; sys.exit(int(sys.argv[1]))"
    with ThreadPoolExecutor(4) as pool:
        codes = pool.map(lambda number: finish(start(program, str(number)))[0], range(6))
        assert list(codes) == list(range(6))
