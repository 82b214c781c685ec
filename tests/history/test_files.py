"""Histories are written whole, read with their kind known, and refused with a reason."""

from __future__ import annotations

import io
import json
import math
import pickle
import subprocess
import sys
import types
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import OutputError
from lstm_cli.history import FILE_NAME, MAX_FILE_BYTES, History, load_history, save_history

untimed = settings(deadline=None)  # a disk takes the time it takes

LOSSES = History({"loss": (0.7, 0.6, 0.5), "val_loss": (0.71, 0.61, 0.65)})

names = st.text(min_size=1, max_size=20) | st.sampled_from(["epoch", "train_loss", "acc", "index", "val_acc"])


@st.composite
def histories(draw):
    epochs = draw(st.integers(1, 6))
    values = st.lists(st.floats(width=32), min_size=epochs, max_size=epochs).map(tuple)
    return History(draw(st.dictionaries(names, values, min_size=1, max_size=5)))


class TestSaving:
    @untimed
    @given(history=histories())
    def test_what_is_saved_is_loaded_again(self, tmp_path_factory, history):
        path = tmp_path_factory.mktemp("run") / FILE_NAME
        save_history(path, history)
        assert load_history(path, report=pytest.fail) == history

    def test_the_file_is_strict_json_with_a_line_for_every_metric(self, tmp_path):
        save_history(tmp_path / FILE_NAME, History({"loss": (0.5, math.nan), "a\nb": (1, math.inf)}))
        text = (tmp_path / FILE_NAME).read_text()
        strict = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
        assert strict == {"loss": [0.5, None], "a\nb": [1.0, None]}
        assert [line for line in text.splitlines() if line.strip()] == text.splitlines()[:4]  # then the checksum

    def test_pandas_makes_a_frame_of_floats_from_it(self, tmp_path):
        pandas = pytest.importorskip("pandas", reason="pandas is the reader's own, no dependency of ours")
        save_history(tmp_path / FILE_NAME, LOSSES.append({"loss": 0.25}))
        with (tmp_path / FILE_NAME).open() as file:
            frame = pandas.DataFrame(json.load(file))
        assert list(frame["loss"]) == [0.7, 0.6, 0.5, 0.25]
        assert frame["val_loss"].isna().tolist() == [False, False, False, True]
        assert all(dtype == "float64" for dtype in frame.dtypes)

    def test_a_failure_leaves_the_file_that_was_there(self, tmp_path):
        (tmp_path / "file").write_text("kept")
        with pytest.raises(OutputError, match="Cannot write"):
            save_history(tmp_path / "file" / FILE_NAME, LOSSES)
        assert (tmp_path / "file").read_text() == "kept"


class TestLoading:
    def test_a_run_folder_stands_for_its_history(self, tmp_path):
        save_history(tmp_path / FILE_NAME, LOSSES)
        assert load_history(tmp_path) == LOSSES

    def test_json_is_known_by_its_content_where_the_name_says_nothing(self, write, load):
        assert load(write("dump", '\ufeff {"loss": [0.5]}'))[0].metrics == {"loss": (0.5,)}
        assert load(write("records", ' [{"loss": 0.5}]'))[0].metrics == {"loss": (0.5,)}

    def test_utf16_is_read_as_powershell_writes_it(self, tmp_path, load):
        path = tmp_path / "log.csv"
        path.write_bytes("epoch,loss\n0,0.7\n".encode("utf-16"))
        assert load(path)[0].metrics == {"loss": (0.7,)}

    def test_a_history_edited_by_hand_is_noticed(self, tmp_path, reject):
        save_history(tmp_path / FILE_NAME, LOSSES)
        text = (tmp_path / FILE_NAME).read_text()
        (tmp_path / FILE_NAME).write_text(text.replace("0.71", "0.51"))
        assert "does not match its checksum" in reject(tmp_path / FILE_NAME)

    def test_a_history_without_epochs_is_refused(self, tmp_path, reject):
        save_history(tmp_path / FILE_NAME, History())
        assert "holds no epochs" in reject(tmp_path / FILE_NAME)

    def test_a_missing_file_and_a_folder_without_a_history_are_told(self, tmp_path, reject):
        assert "There is no history" in reject(tmp_path / "none.json")
        (tmp_path / "empty").mkdir()
        assert FILE_NAME in reject(tmp_path / "empty")

    def test_names_that_no_file_can_have_are_told(self, tmp_path, reject):
        for name in ("nul\0", "x" * 5000):
            assert "Cannot read" in reject(tmp_path / name)

    def test_undecodable_bytes_are_told(self, tmp_path, reject):
        path = tmp_path / "latin.csv"
        path.write_bytes(b"epoch,loss,\xe9tat\n")
        assert "0xe9" in reject(path)

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_a_pickle_is_named(self, protocol, tmp_path, reject):
        path = tmp_path / "history.pkl"
        path.write_bytes(pickle.dumps({"loss": [0.5]}, protocol=protocol))
        assert "got a pickle" in reject(path)

    @pytest.mark.parametrize("suffix", [".pkl", ".npy"])
    @pytest.mark.parametrize("is_whole", [True, False])
    def test_the_line_that_makes_json_of_python_s_own_files_works(self, is_whole, suffix, tmp_path, reject, load):
        """Of Keras' History, and of its dict, with NumPy's numbers in it."""
        path = tmp_path / f"history{suffix}"
        figures = {"loss": [np.float32(0.5), 0.25]}
        pickled = types.SimpleNamespace(history=figures) if is_whole else figures
        if suffix == ".npy":
            np.save(path, np.array(pickled, dtype=object), allow_pickle=True)
        else:
            path.write_bytes(pickle.dumps(pickled))
        _, _, line = reject(path).partition("in Python: ")
        program = f"FILE = {str(path)!r}; {line.removesuffix('.')}"
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
        assert load(tmp_path / "history.json")[0].metrics == {"loss": (0.5, 0.25)}

    def test_a_pickle_never_runs(self, tmp_path, reject):
        class Bomb:
            def __reduce__(self):
                return (pytest.fail, ("it ran",))

        path = tmp_path / "history.json"  # whatever the name says
        path.write_bytes(pickle.dumps({"loss": Bomb()}))
        assert "a pickle" in reject(path)

    def test_other_kinds_of_files_are_named(self, tmp_path, reject):
        array, archive = io.BytesIO(), io.BytesIO()
        np.save(array, np.zeros(3))
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("config.json", "{}")
        kinds = {
            array.getvalue(): "a NumPy array",
            archive.getvalue(): "a ZIP archive, such as a .keras model",
            b"\x89HDF\r\n\x1a\n": "an HDF5 file, such as a model",
            b"\x89PNG\r\n": "a picture",
            b"\x1f\x8b\x08": "compressed by gzip",
        }
        for content, kind in kinds.items():
            path = tmp_path / "history"
            path.write_bytes(content)
            assert f"got {kind}" in reject(path)

    def test_a_huge_file_is_refused(self, tmp_path, reject):
        path = tmp_path / "huge.json"
        with path.open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 1)
        assert "larger than 64 MiB" in reject(path)

    def test_reading_and_writing_load_nothing_heavy(self):
        probe = (
            "import sys, lstm_cli.history\n"
            "print({'numpy', 'pandas', 'matplotlib', 'tensorflow', 'sklearn'} & set(sys.modules))"
        )
        result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
        assert result.stdout == "set()\n"
