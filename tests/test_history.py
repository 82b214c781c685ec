"""Histories are read as far as they go, written whole, and refused with a reason."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import HistoryError, OutputError
from lstm_cli.history import FILE_NAME, MAX_FILE_BYTES, History, load_history, save_history

untimed = settings(deadline=None)  # a disk takes the time it takes

LOSSES = History({"loss": (0.7, 0.6, 0.5), "val_loss": (0.71, 0.61, 0.65)})

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
names = st.text(min_size=1, max_size=20)


@st.composite
def histories(draw):
    epochs = draw(st.integers(1, 6))
    values = st.lists(st.floats(width=32), min_size=epochs, max_size=epochs).map(tuple)
    return History(draw(st.dictionaries(names, values, min_size=1, max_size=5)))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def reject(path):
    """Return the message with which `path` is refused, and hold it to two lines."""
    with pytest.raises(HistoryError) as caught:
        load_history(path)
    message = str(caught.value)
    assert len(message.splitlines()) <= 2
    assert path.name in message
    return message


class TestHistory:
    def test_unequal_series_are_refused(self):
        with pytest.raises(ValueError, match="equally long"):
            History({"loss": (1.0, 2.0), "val_loss": (1.0,)})

    def test_an_empty_history_has_no_epochs_and_no_best(self):
        assert History().epochs == 0
        assert History().best_epoch() is None

    def test_append_adds_an_epoch_and_leaves_the_old_history_alone(self):
        longer = LOSSES.append({"loss": 0.4, "val_loss": 0.5})
        assert longer.metrics == {"loss": (0.7, 0.6, 0.5, 0.4), "val_loss": (0.71, 0.61, 0.65, 0.5)}
        assert LOSSES.epochs == 3

    def test_append_fills_what_is_missing_on_either_side_with_gaps(self):
        longer = LOSSES.append({"loss": 0.4, "seconds": 2})
        assert longer.metrics == {
            "loss": (0.7, 0.6, 0.5, 0.4),
            "val_loss": (0.71, 0.61, 0.65, math.nan),
            "seconds": (math.nan, math.nan, math.nan, 2.0),
        }

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39])
    def test_what_float32_has_no_finite_number_for_is_a_gap(self, value):
        assert math.isnan(History({"loss": (value,)}).metrics["loss"][0])

    @pytest.mark.parametrize(
        ("monitor", "best"),
        [
            ("val_loss", 2), ("loss", 2), ("mean_squared_error", 2), ("val_brier_score", 2), ("mae_1", 2),
            ("accuracy", 3), ("val_acc", 3), ("val_auc_1", 3), ("f1_score", 3), ("val_precision", 3),
            ("learning_rate", None), ("lr", None), ("seconds", None), ("val_seconds", None),
        ],
    )  # fmt: skip
    def test_the_best_epoch_is_the_lowest_loss_or_the_highest_accuracy(self, monitor, best):
        assert History({monitor: (0.5, 0.1, 0.9)}).best_epoch(monitor=monitor) == best

    def test_the_earliest_of_equally_good_epochs_is_best(self):
        assert History({"val_loss": (0.5, 0.4, 0.4)}).best_epoch() == 2
        assert History({"val_accuracy": (0.8, 0.7, 0.8)}).best_epoch(monitor="val_accuracy") == 1

    def test_a_gap_is_never_best(self):
        assert History({"val_loss": (math.nan, 0.5, math.inf)}).best_epoch() == 2
        assert History({"val_loss": (math.nan,)}).best_epoch() is None

    @given(st.lists(finite, min_size=1, max_size=20))
    def test_no_epoch_beats_the_best_one(self, values):
        best = History({"val_loss": tuple(values)}).best_epoch()
        assert values[best - 1] == min(values)
        assert values.index(min(values)) == best - 1


class TestSaving:
    @untimed
    @given(history=histories())
    def test_what_is_saved_is_loaded_again(self, tmp_path_factory, history):
        path = tmp_path_factory.mktemp("run") / FILE_NAME
        save_history(path, history)
        assert load_history(path) == history

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


class TestReadingJson:
    def test_a_run_folder_stands_for_its_history(self, tmp_path):
        save_history(tmp_path / FILE_NAME, LOSSES)
        assert load_history(tmp_path) == LOSSES

    def test_a_dump_of_keras_history_is_read_whatever_its_metrics(self, tmp_path):
        content = {"acc": [0.5, 1], "val_acc": [0.5, 0.6], "auc_1": [0, 0.5], "lr": [1e-3, 1e-4]}
        history = load_history(write(tmp_path / "dump.json", json.dumps(content)))
        assert history.metrics == {name: tuple(values) for name, values in content.items()}

    def test_json_is_known_by_its_content_where_the_name_says_nothing(self, tmp_path):
        assert load_history(write(tmp_path / "dump", '\ufeff {"loss": [0.5]}')).metrics == {"loss": (0.5,)}

    def test_nan_infinity_null_and_endless_integers_are_gaps(self, tmp_path):
        text = f'{{"loss": [0.5, NaN, Infinity, -Infinity, null, 1{"0" * 5000}]}}'
        history = load_history(write(tmp_path / "h.json", text))
        assert history.metrics["loss"] == (0.5, *[math.nan] * 5)

    def test_a_shorter_list_gets_gaps_at_its_end(self, tmp_path):
        path = write(tmp_path / "h.json", '{"loss": [3, 2, 1], "val_loss": [3, 2], "val_auc": []}')
        assert load_history(path).metrics == {
            "loss": (3.0, 2.0, 1.0),
            "val_loss": (3.0, 2.0, math.nan),
            "val_auc": (math.nan, math.nan, math.nan),
        }

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "no JSON"),
            ("{", "no JSON"),
            ("{}", "no epochs"),
            ('{"loss": []}', "no epochs"),
            ("[0.5, 0.4]", "got a list"),
            ("null", "got null"),
            ("0.5", "got a number"),
            ("\"{'loss': [0.5]}\"", "got the text"),
            ('{"loss": 0.5}', "list of numbers under 'loss', got a number"),
            ('{"loss": {"0": 0.5}}', "got an object"),
            ('{"loss": [0.5, "0.4"]}', "under 'loss', epoch 2, got the text '0.4'"),
            ('{"loss": [true]}', "got true or false"),
            ('{"loss": [[0.5]]}', "got a list"),
            ("[" * 100_000, "nesting"),
            ('{"loss": [' + json.dumps("long " * 999) + "]}", "…"),
        ],
    )
    def test_what_is_no_history_is_refused_with_its_reason(self, tmp_path, text, said):
        assert said in reject(write(tmp_path / "h.json", text))

    @untimed
    @given(
        content=st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        )
    )
    def test_any_json_is_read_or_refused(self, tmp_path_factory, content):
        path = write(tmp_path_factory.mktemp("any") / "h.json", json.dumps(content))
        try:
            history = load_history(path)
        except HistoryError:
            return
        assert history.epochs > 0
        assert set(history.metrics) == set(content)


class TestReadingCsv:
    def test_a_csvlogger_file_is_read(self, tmp_path):
        text = "epoch,accuracy,loss,val_loss\r\n0,0.5,0.7,0.71\r\n1,0.6,0.6,NA\r\n"
        assert load_history(write(tmp_path / "training.csv", text)).metrics == {
            "accuracy": (0.5, 0.6),
            "loss": (0.7, 0.6),
            "val_loss": (0.71, math.nan),
        }

    def test_semicolons_separate_and_any_suffix_will_do(self, tmp_path):
        path = write(tmp_path / "training.log", "epoch;loss\n0;0.7\n1;nan\n")
        assert load_history(path).metrics == {"loss": (0.7, math.nan)}

    def test_the_validation_columns_of_a_run_without_validation_are_left_out(self, tmp_path):
        path = write(tmp_path / "t.csv", "epoch,loss,val_loss\n0,0.7,NA\n1,0.6,NA\n")
        assert load_history(path).metrics == {"loss": (0.7, 0.6)}

    @pytest.mark.parametrize("cut", ["1", "1,0.6", "1,0.6,", "1,0.6,-", "1,0.6,3e-"])
    def test_a_last_line_that_was_cut_off_is_dropped(self, tmp_path, cut):
        path = write(tmp_path / "t.csv", f"epoch,accuracy,loss\n0,0.5,0.7\n{cut}")
        history = load_history(path)
        assert history.metrics["accuracy"][0] == 0.5
        # After its last comma a cell may be empty by intent: then the line counts, with a gap.
        assert history.epochs == (2 if cut == "1,0.6," else 1)

    def test_a_whole_last_line_without_a_line_end_is_kept(self, tmp_path):
        assert load_history(write(tmp_path / "t.csv", "epoch,loss\n0,0.7\n1,0.6")).epochs == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "header"),
            ("hello\n", "header"),
            ("0,0.5,0.7\n1,0.6,0.6\n", "header"),
            ("epoch,loss,loss\n0,1,2\n", "different names"),
            ("epoch,loss\n", "no epochs"),
            ("epoch\n0\n1\n", "no epochs"),
            ("epoch,loss\n0,0.7\n1\n2,0.5\n", "line 3: expected 2 cells as in the header, got 1"),
            ("epoch,loss\n0,0.7\n1,low\n", "line 3: expected a number for 'loss', got 'low'"),
            ("epoch,loss\n0,0.7\n1\n2,0.5\n3,", "line 3"),
            ("epoch,loss\n0," + "7" * 200_000 + "\n", "no CSV"),
        ],
    )
    def test_what_is_no_csvlogger_file_is_refused_with_its_reason(self, tmp_path, text, said):
        assert said in reject(write(tmp_path / "t.csv", text))


class TestFiles:
    def test_a_missing_file_and_a_folder_without_a_history_are_told(self, tmp_path):
        assert "There is no history" in reject(tmp_path / "none.json")
        with pytest.raises(HistoryError, match=FILE_NAME):
            load_history(tmp_path)

    def test_names_that_no_file_can_have_are_told(self, tmp_path):
        for name in ("nul\0", "x" * 5000):
            assert "Cannot read" in reject(tmp_path / name)

    def test_undecodable_bytes_are_told(self, tmp_path):
        path = tmp_path / "loss.png"
        path.write_bytes(b"\x89PNG\r\n")
        assert "0x89" in reject(path)

    def test_a_huge_file_is_refused(self, tmp_path):
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
