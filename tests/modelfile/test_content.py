"""A file that would keep HDF5 busy, or the memory full, costs two seconds and one process."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from model_files import expect_refusal, reseal

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile import child, content
from lstm_cli.modelfile.content import open_content, shorten_message
from lstm_cli.modelfile.seal import build_seal
from lstm_cli.modelfile.stored_model import ForeignModel, StoredModel, build_index, load_model_file

CHILD = Path(child.__file__)


@pytest.fixture(autouse=True)
def _forked_readers():
    """Here each is a Python of its own, started as for a user."""


@pytest.fixture
def replace_child(tmp_path, monkeypatch):
    """A function: what the child is to do once it is limited → it does that with every file."""

    def replace(*lines: str) -> None:
        script = tmp_path / "child.py"
        start = f"import sys; sys.path.insert(0, {str(CHILD.parent)!r}); import child; child._limit_process()\n"
        ready = "sys.stdout.buffer.write(child.READY); sys.stdout.buffer.flush()\n"
        script.write_text(start + ready + "\n".join(lines))
        script.rename(tmp_path / "replaced.py")
        monkeypatch.setattr(content, "_CHILD", tmp_path / "replaced.py")

    return replace


class TestChild:
    @pytest.mark.parametrize(
        "work",
        ["while True: pass", "b'a' * 2**32", "import os; os.abort()", "import time; time.sleep(600)"],
        ids=["busy for ever", "all memory", "a crash", "asleep"],
    )
    def test_whatever_happens_to_it_is_a_refusal(self, foreign_path, replace_child, monkeypatch, work):
        monkeypatch.setattr(content, "_SECONDS", 3.0)
        replace_child(work)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        expect_refusal(foreign_path, "comes to no end with it, or breaks down on it")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2

    @pytest.mark.parametrize(
        "index",
        [
            "[]", "{", "[" * 3000, '{"arrays": 3}', '{"arrays": [3]}', '{"arrays": [["a", "|O", [1], 0]]}',
            '{"arrays": [["a", "<f4", [-1], 0]]}', '{"arrays": [["a", "<f4", [true], 0]]}',
            '{"arrays": [["a", "<f4", [1000000000, 1000000000], 0]]}', '{"arrays": [["a", "<f4", [1, 1, 1], 0]]}',
            '{"arrays": [["a", "<f4", [1], -9]]}', '{"arrays": [["a", "<f4", [1], 1000000000]]}',
            json.dumps({"arrays": [["a", "<f4", [1], 0]] * 3000}), '{"problem": [1]}', '{"damage": null}',
            '{"arrays": [], "version": null}', '{"arrays": [], "version": 1}', '{"arrays": [], "version": [1]}',
        ],
    )  # fmt: skip
    def test_what_it_says_is_not_taken_at_its_word(self, foreign_path, replace_child, index):
        replace_child(f"text = {index!r}.encode()", "write = sys.stdout.buffer.write",
                      "write(len(text).to_bytes(8, 'little') + text)")  # fmt: skip
        expect_refusal(foreign_path, None)

    def test_a_list_without_end_is_not_read(self, foreign_path, replace_child):
        replace_child("sys.stdout.buffer.write(b'\\xff' * 8)", "while True: sys.stdout.buffer.write(b' ' * 65536)")
        expect_refusal(foreign_path, "expected at most")

    def test_its_errors_are_shown_in_printable_characters(self, foreign_path):
        with h5py.File(foreign_path, "a") as file:
            file["model_weights"].attrs["layer_names"] = ["\x1b[31mred\n\x07"]
        with pytest.raises(ModelFileError) as caught:
            load_model_file(foreign_path)
        assert str(caught.value).isprintable()

    def test_a_file_of_the_name_of_a_library_beside_the_model_is_not_imported(self, foreign_path, tmp_path):
        for name in ("h5py.py", "numpy.py", "json.py"):
            (tmp_path / name).write_text("raise SystemExit('imported')")
        done = subprocess.run(
            [sys.executable, "-P", "-c",
             "import sys; from pathlib import Path; from lstm_cli.modelfile.stored_model import load_model_file\n"
             "print(type(load_model_file(Path(sys.argv[1]))).__name__)", foreign_path.name],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout == "ForeignModel\n", done.stderr

    def test_no_process_is_left_behind(self, foreign_path, replace_child, monkeypatch):
        started = []
        begin = subprocess.Popen.__init__

        def remember(process, *arguments, **settings):
            started.append(process)
            begin(process, *arguments, **settings)

        monkeypatch.setattr(subprocess.Popen, "__init__", remember)
        monkeypatch.setattr(content, "_SECONDS", 0.2)
        replace_child("import time; time.sleep(600)")
        expect_refusal(foreign_path, "no end")
        (child,) = started
        with pytest.raises(ChildProcessError):  # dead, and waited for
            os.waitpid(child.pid, os.WNOHANG)


class TestSealed:
    def test_hdf5s_library_never_sees_it(self, model_path, replace_child):
        replace_child("sys.exit('asked')")
        assert isinstance(load_model_file(model_path), StoredModel)

    def test_its_list_says_what_hdf5_says(self, model_path):
        with h5py.File(model_path) as file:
            expected = [np.asarray(file[line[0]]) for line in build_index(file)["arrays"]]
        with open_content(model_path) as found:
            texts = list(found.texts.values())
            weights = found.read_weights([array.shape for array in expected[len(texts) :]])
        assert texts == [array.tobytes() for array in expected[: len(texts)]]
        for weight, array in zip(weights, expected[len(texts) :], strict=True):
            np.testing.assert_array_equal(weight, array, strict=True)

    def test_what_h5py_changed_and_someone_sealed_again_is_read(self, model_path):
        with h5py.File(model_path, "a") as file:
            file.attrs["note"] = "mine"
        reseal(model_path)
        assert isinstance(load_model_file(model_path), StoredModel)

    @pytest.mark.parametrize(
        ("index", "message"),
        [
            ({}, "list of its arrays cannot be read"),
            ({"version": 1, "arrays": []}, "expected the array 'config'"),
            ({"version": None, "arrays": []}, "no description"),
            ({"version": 1, "arrays": [["config", "|u1", [10**12], 0]]}, "beyond the file"),
            ({"version": 1, "arrays": [["config", "|u1", [2_500], 0]]}, "beyond the file"),  # in all 1,000 bytes
            ({"version": 1, "arrays": [["config", "|u1", [4], 0]]}, "expected the array 'provenance'|codec"),
            ({"version": 1, "arrays": [["config", "|O", [4], 0]]}, "impossible line"),
            ({"version": 1, "arrays": [["x" * 100_000, "<f4", [4.5], 0]]}, "impossible line"),
            ({"version": 1, "arrays": [["config", "|u1", [4], 0.5]]}, "impossible line"),
            ({"version": 1, "arrays": [["config", "|u1", [-4], 0]]}, "impossible line"),
            ({"version": 1, "arrays": [["config", "|u1", [True], 0]]}, "impossible line"),
            ({"version": 1, "arrays": [["config", "|u1", [1] * 33, 0]]}, "impossible line"),
            ({"version": 1, "arrays": [["config", "|u1", [1] * 32, 0]]}, "expected the array|codec"),
            ({"version": 1, "arrays": [["config", "|u1", [4], -9]]}, "beyond the file"),
            ({"version": 1, "arrays": [["config", "|u1", [4], 10**9]]}, "beyond the file"),
            ({"version": 1, "arrays": [["config", "|u1", [4], 0]] * 3000}, "list of its arrays cannot be read"),
            ({"version": 1, "arrays": "config"}, "list of its arrays cannot be read"),
            ([], "list of its arrays cannot be read"),
            ({"damage": "a broken disk"}, r"no readable HDF5 model file \(a broken disk\)"),
            ({"problem": "x" * 100_000}, "x…"),
        ],
    )
    def test_a_forged_list_is_refused(self, tmp_path, index, message):
        """By whoever knows how to seal one."""
        data = b"\x89HDF\r\n\x1a\n" * 100
        path = tmp_path / "forged.h5"
        path.write_bytes(data + build_seal(data, index))
        expect_refusal(path, message)

    def test_a_list_longer_than_the_file_is_refused(self, tmp_path):
        import hashlib

        from lstm_cli.modelfile import seal

        data = b"x" * 100 + (10**9).to_bytes(8, "little")
        path = tmp_path / "forged.h5"
        path.write_bytes(data + seal._MARK + hashlib.sha256(data).digest())
        expect_refusal(path, "longer than the file")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("as it is", "as it is"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("one\n  two\r\nthree\t four", "one; two; three four"),
        ("\x1b[31mred\x07", " [31mred "),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_a_file_says_is_shown_on_a_line_that_a_terminal_can_bear(text, line):
    assert shorten_message(text) == line


def test_a_file_of_a_terabyte_is_refused_unread(foreign_path):
    """Holes take no room on a disk."""
    os.truncate(foreign_path, 2**40)
    expect_refusal(foreign_path, "expected at most 1,073,741,824 bytes")


def test_trailing_bytes_do_not_hide_a_plain_file(foreign_path):
    with foreign_path.open("ab") as file:
        file.write(b"\0" * 100)
    assert isinstance(load_model_file(foreign_path), ForeignModel)


def test_a_pipe_is_no_model_file(tmp_path):
    """Opening one would wait for ever."""
    os.mkfifo(tmp_path / "pipe.h5")
    expect_refusal(tmp_path / "pipe.h5", "it is no file")
