"""Every form in which people keep a history gives the same history, or a reason."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import HistoryError
from lstm_cli.history import History, load_history

untimed = settings(deadline=None)

_JSON_NAMES = ["columns", "data", "index", "schema", "history", "epoch", "0", "1"]
LOG = "epoch,accuracy,loss,val_accuracy,val_loss\n"


class TestJson:
    def test_a_dump_of_keras_history_is_read_under_keras_names(self, write, load):
        content = {"acc": [0.5, 1], "val_acc": [0.5, 0.6], "auc_1": [0, 0.5], "lr": [1e-3, 1e-4]}
        history, told = load(write("dump.json", json.dumps(content)))
        assert history.metrics == {
            "accuracy": (0.5, 1.0),
            "val_accuracy": (0.5, 0.6),
            "auc_1": (0.0, 0.5),
            "learning_rate": (1e-3, 1e-4),
        }
        assert told == ""

    def test_nan_infinity_null_and_endless_integers_are_gaps(self, write, load):
        text = f'{{"loss": [0.5, NaN, Infinity, -Infinity, null, 1{"0" * 5000}]}}'
        assert load(write("h.json", text))[0].metrics["loss"] == (0.5, *[math.nan] * 5)

    @pytest.mark.parametrize("kept", [[0, 1, 2], [1, 2, 5], [6, 7]])
    @pytest.mark.parametrize("orient", ["columns", "index", "split", "records", "table", "lines"])
    def test_what_pandas_writes_is_read_in_every_orient_with_names(self, orient, kept, tmp_path, load):
        """Rows left out of a frame keep their numbers, where the orient keeps them."""
        frame = pd.DataFrame({"loss": [0.7] * 8, "val_loss": [0.5, None] * 4, "acc": range(8)}).loc[kept]
        path = tmp_path / "frame.json"
        if orient == "lines":
            frame.to_json(path, orient="records", lines=True)
        else:
            frame.to_json(path, orient=orient)
        history, told = load(path)
        has_index = orient not in {"records", "lines"}
        # What begins with 1 counts from 1.
        shift = 0 if kept[0] == 1 else 1
        numbers = [row + shift for row in kept] if has_index else range(1, len(kept) + 1)
        assert history.numbers == tuple(numbers)
        assert list(history.metrics["accuracy"]) == kept
        assert [math.isnan(value) for value in history.metrics.get("val_loss", [math.nan])] == [
            row % 2 == 1 for row in kept
        ]
        assert told == ""

    def test_frames_with_an_epoch_column_go_by_it(self, write, load):
        for content in (
            {"epoch": [4, 5], "loss": [0.5, 0.4]},
            [{"epoch": 4, "loss": 0.5}, {"epoch": 5, "loss": 0.4}],
            {"loss": {"0": 0.5, "1": 0.4}, "epoch": {"0": 4, "1": 5}},
            {"history": {"loss": [0.5, 0.4]}, "epoch": [4, 5], "params": {"epochs": 6}},
        ):
            history, told = load(write("h.json", json.dumps(content)))
            assert (history, told) == (History({"loss": (0.5, 0.4)}, (5, 6)), ""), content

    def test_a_last_line_that_was_cut_off_is_dropped(self, write, load):
        assert load(write("log.jsonl", '{"loss": 0.5}\n{"loss": 0.4}\n{"los'))[0].epochs == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "no JSON"),
            ("{", "no JSON"),
            ("{}", "no epochs"),
            ('{"loss": []}', "no epochs"),
            ('{"loss": {}}', "no epochs"),
            ("[0.5, 0.4]", "got a list"),
            ("[[0.5, 0.4]]", "to_json() without an orient keeps the names"),
            ("null", "got null"),
            ("0.5", "got a number"),
            ("0.5\n0.4", "no JSON"),
            ("\"{'loss': [0.5]}\"", "got the text"),
            ("{'loss': [0.5]}", "json.dump writes JSON"),
            ('{"loss": 0.5}', "list of numbers under 'loss', got a number"),
            ('{"loss": [0.5, "low"]}', "epoch 2: expected a number under 'loss', got the text 'low'"),
            ('{"loss": {"0": 0.5, "1": "low"}}', "epoch 2: expected a number under 'loss', got the text 'low'"),
            ('{"loss": [true]}', "got true or false"),
            ('{"loss": [[0.5]]}', "got a list"),
            ("[" * 100_000, "nesting"),
            ('{"loss": [' + json.dumps("long " * 999) + "]}", "…"),
        ],
    )
    def test_what_is_no_history_is_refused_with_its_reason(self, write, reject, text, said):
        assert said in reject(write("h.json", text))

    @untimed
    @given(
        content=st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.text() | st.sampled_from(_JSON_NAMES),
                    inner,
                )
            ),
            max_leaves=8,
        )
    )
    def test_any_json_is_read_or_refused(self, tmp_path_factory, content):
        path = tmp_path_factory.mktemp("any") / "h.json"
        path.write_text(json.dumps(content))
        try:
            history = load_history(path)
        except HistoryError:
            return
        assert history.epochs > 0

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps({"loss": [1.0] * 100_000} | {f"metric {index}": [] for index in range(100_000)}),
            json.dumps([{f"metric {index}": 1.0} for index in range(100_000)]),
            json.dumps({f"metric {index}": {str(index): 1.0} for index in range(100_000)}),
        ],
        ids=["short lists", "records", "labels"],
    )
    def test_a_small_file_that_would_become_a_giant_table_is_refused(self, write, reject, text):
        assert "more than" in reject(write("h.json", text))


class TestCsv:
    def test_a_csvlogger_file_is_read(self, write, load):
        text = "epoch,accuracy,loss,val_loss\r\n0,0.5,0.7,0.71\r\n1,0.6,0.6,NA\r\n"
        history, told = load(write("training.csv", text))
        assert history == History({"accuracy": (0.5, 0.6), "loss": (0.7, 0.6), "val_loss": (0.71, math.nan)})
        assert told == ""

    def test_epochs_keep_their_numbers(self, write, load):
        history, told = load(
            write("from10.csv", LOG + "10,0.5,0.7,0.5,0.69\n11,0.6,0.6,0.6,0.65\n14,0.7,0.5,0.65,0.6\n")
        )
        assert (history.numbers, history.best_epoch(), told) == ((11, 12, 15), 15, "")

    def test_the_last_of_two_trainings_in_one_log_is_read_and_that_is_told(self, write, load):
        text = "epoch,accuracy,loss\n0,0.5,0.7\n1,0.6,0.6\n0,0.5,0.71\n1,0.6,0.61\n2,0.7,0.51\n"
        history, told = load(write("dup.csv", text))
        assert history == History({"accuracy": (0.5, 0.6, 0.7), "loss": (0.71, 0.61, 0.51)})
        assert "of 5 rows the last 3" in told

    def test_a_header_may_stand_again_and_with_other_names(self, write, load):
        text = LOG + "0,0.5,0.7,0.5,0.69\n1,0.6,0.6,0.6,0.65\n" + LOG + "2,0.7,0.5,0.65,0.6\n"
        history, told = load(write("append.csv", text))
        assert (history.numbers, history.metrics["loss"], told) == ((1, 2, 3), (0.7, 0.6, 0.5), "")
        text = "epoch,acc,loss\n0,0.5,0.7\nepoch,accuracy,loss,lr\n1,0.6,0.6,0.1\n"
        assert load(write("other.csv", text))[0].metrics == {
            "accuracy": (0.5, 0.6),
            "loss": (0.7, 0.6),
            "learning_rate": (math.nan, 0.1),
        }

    @pytest.mark.parametrize(
        "settings",
        [{}, {"index": False}, {"sep": ";", "decimal": ","}, {"sep": "\t"}, {"index_label": "epoch"}],
        ids=str,
    )
    def test_what_pandas_writes_is_read(self, settings, tmp_path, load):
        frame = pd.DataFrame({"loss": [0.7, 0.6], "val_loss": [0.69, None], "acc": [0.5, 0.6]})
        frame.to_csv(tmp_path / "frame.csv", **settings)
        history, told = load(tmp_path / "frame.csv")
        expected = {"loss": (0.7, 0.6), "val_loss": (0.69, math.nan), "accuracy": (0.5, 0.6)}
        assert (history, told) == (History(expected), "")

    def test_a_frame_that_went_through_csv_twice_is_read(self, tmp_path, load):
        frame = pd.DataFrame({"loss": [0.7, 0.6, 0.5]}, index=[20, 21, 22])
        for name in ("once.csv", "twice.csv"):
            frame.to_csv(tmp_path / name)
            assert load(tmp_path / name)[0] == History({"loss": (0.7, 0.6, 0.5)}, (21, 22, 23))
            frame = pd.read_csv(tmp_path / name, index_col=None).set_index(pd.Index([20, 21, 22]))

    @pytest.mark.parametrize(
        "header",
        ["epoch,train_loss,val_loss", "Epoch,Training Loss,Validation Loss", "EPOCH,loss_train,Loss (valid)"],
    )
    def test_both_curves_are_found_under_the_names_that_people_use(self, header, write, load):
        history, told = load(write("log.csv", f"{header}\n1,0.7,0.69\n2,0.6,0.65\n"))
        assert (history, told) == (History({"loss": (0.7, 0.6), "val_loss": (0.69, 0.65)}), "")

    def test_a_column_of_texts_is_left_out_and_told(self, write, load):
        text = "epoch,train_loss,valid_loss,time\n0,0.7,0.69,00:05\n1,0.6,0.65,00:04"  # fastai's
        history, told = load(write("history.csv", text))
        assert history.metrics == {"loss": (0.7, 0.6), "val_loss": (0.69, 0.65)}
        assert "'time'" in told

    def test_any_suffix_will_do(self, write, load):
        assert load(write("training.log", "epoch;loss\n0;0.7\n1;nan\n"))[0].metrics == {"loss": (0.7, math.nan)}

    @pytest.mark.parametrize("cut", ["1", "1,0.6", "1,0.6,", "1,0.6,-", "1,0.6,3e-"])
    def test_a_last_line_that_was_cut_off_is_dropped(self, write, load, cut):
        history, _ = load(write("t.csv", f"epoch,accuracy,loss\n0,0.5,0.7\n{cut}"))
        assert history.metrics["accuracy"][0] == 0.5
        # After its last comma a cell may be empty by intent: then the line counts, with a gap.
        assert history.epochs == (2 if cut == "1,0.6," else 1)

    def test_a_whole_last_line_without_a_line_end_is_kept(self, write, load):
        assert load(write("t.csv", "epoch,loss\n0,0.7\n1,0.6"))[0].epochs == 2

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "header"),
            ("hello\n", "header"),
            ("text,label\ngood,1\n", "header"),
            ("0,0.5,0.7\n1,0.6,0.6\n", "header"),
            ("epoch,loss,loss\n0,1,2\n", "different names"),
            ("epoch,loss\n", "no epochs"),
            ("epoch\n0\n1\n", "no epochs"),
            ("epoch,loss\n0,0.7\n1\n2,0.5\n", "line 3: expected 2 cells as in the header, got 1"),
            ("epoch,loss\n0,0.7\n1,low\n", "line 3: expected a number under 'loss', got the text 'low'"),
            ("epoch,loss\n0,low\n", "line 2: expected a number under 'loss', got the text 'low'"),
            ("epoch,loss\n0,0.7\nepoch,a,a\n1,2,3\n", "line 3: expected"),
            ("epoch,loss\n0,0.7\n1\n2,0.5\n3,", "line 3"),
            ("epoch,loss\n0," + "7" * 200_000 + "\n", "no CSV"),
        ],
    )
    def test_what_is_no_log_is_refused_with_its_reason(self, write, reject, text, said):
        assert said in reject(write("t.csv", text))
