"""`lstm-predict`: texts from everywhere, and what is said of each."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest

from lstm_cli.modelfile.stored_model import load_model_file

_TEXTS = ["a wonderful film", "the worst of all\u0085and so boring", "великолепный фильм", "映画", "good " * 200]


def _predict(invoke, *arguments, **options):
    result = invoke("lstm-predict", *arguments, "--json", **options)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["predictions"]


def test_a_pipe_into_the_installed_command(run_command, model_file):
    """A line for every line, also for one in which there is nothing to read."""
    result = run_command("lstm-predict", model_file, stdin="a wonderful film\n\nthe worst of all\n")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("a wonderful film")
    label, probability = lines[0].split()[:2]
    assert label in {"positive", "negative"}
    assert 0.5 <= float(probability) <= 1  # of the label that is shown
    assert lines[1].split() == ["-", "nothing", "known", "0%", "unknown"]
    assert lines[2].endswith("the worst of all")


def test_every_way_in_gives_the_same_predictions(invoke, model_file, tmp_path):
    expected = _predict(invoke, model_file, *_TEXTS)
    assert [item["text"] for item in expected] == _TEXTS
    lines = "\n".join(_TEXTS)
    files = {name: tmp_path / name for name in ("reviews.txt", "reviews.csv", "reviews.tsv", "reviews.jsonl")}
    files["reviews.txt"].write_text(f"{lines}\n", encoding="utf-8", newline="")
    for name, delimiter in (("reviews.csv", ","), ("reviews.tsv", "\t")):
        with files[name].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([["id", "text"], *enumerate(_TEXTS)])
    files["reviews.jsonl"].write_text("".join(json.dumps({"review": text}) + "\n" for text in _TEXTS))
    assert _predict(invoke, model_file, stdin=f"{lines}\n") == expected
    assert _predict(invoke, model_file, "-", stdin=lines.replace("\n", "\r\n")) == expected
    for path in files.values():
        assert _predict(invoke, model_file, "--file", path) == expected, path.name


@pytest.mark.usefixtures("keras_started")
def test_a_prediction_is_what_plain_keras_gives_for_the_encoded_text(invoke, model_file):
    import keras

    stored = load_model_file(model_file)
    numbers = {word: index for index, word in enumerate(stored.encoder.vocabulary.words, start=3)}
    words = ["a", "film", "to", "see"]
    tokens = [1, *(numbers[word] for word in words)]
    padded = np.array([[0] * (30 - len(tokens)) + tokens], np.int32)
    probability = float(keras.models.load_model(model_file)(padded)[0, 0])
    (prediction,) = _predict(invoke, model_file, " ".join(words))
    assert prediction["probabilities"]["positive"] == pytest.approx(probability, abs=1e-6)
    assert prediction["label"] == ("positive" if probability > 0.5 else "negative")
    assert prediction["probability"] == prediction["probabilities"][prediction["label"]]
    assert prediction["unknown_share"] == 0
    assert prediction["truncated"] is False


def test_unknown_words_and_cut_texts_are_told(invoke, model_file):
    texts = ["the qwxyz film qwxyz", "the " * 30, "the " * 31, "..."]
    predictions = _predict(invoke, model_file, *texts)
    assert [item["unknown_share"] for item in predictions] == [0.5, 0, 0, 0]
    assert [item["truncated"] for item in predictions] == [False, False, True, False]  # it reads 30 words
    first, second, third, _ = invoke("lstm-predict", model_file, *texts).stdout.splitlines()
    assert "50% unknown" in first
    assert " cut " not in first + second
    assert " cut " in third


def test_nothing_to_read_is_an_error_with_exit_code_3(assert_fails, model_file, tmp_path):
    for stdin in ("", " \n \n"):
        message = assert_fails(3, "lstm-predict", model_file, stdin=stdin)
        assert message == "Error: Standard input is empty: expected one review a line.\n"
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert "is empty" in assert_fails(3, "lstm-predict", model_file, "-f", empty)
    assert "missing.txt" in assert_fails(3, "lstm-predict", model_file, "-f", tmp_path / "missing.txt")
    assert "expected a file that ends in" in assert_fails(3, "lstm-predict", model_file, "-f", tmp_path / "a.doc")


def test_a_pipe_in_another_encoding_is_read(invoke, model_file):
    predictions = _predict(invoke, model_file, stdin="un café où l'on était bien\n".encode("latin-1"))
    assert predictions[0]["text"] == "un café où l'on était bien"


def test_wrong_uses_are_refused(assert_fails, model_file, tmp_path):
    message = assert_fails(2, "lstm-predict", model_file, "text", "-f", tmp_path / "reviews.txt")
    assert "Give texts or --file, not both" in message
    assert "it is not there" in assert_fails(4, "lstm-predict", tmp_path / "missing.h5", "text")
    assert "carries its own" in assert_fails(2, "lstm-predict", model_file, "text", "-s", "data.maxlen=3")
    damaged = tmp_path / "damaged.h5"
    content = bytearray(model_file.read_bytes())
    vocabulary = content.find(b"\nthe\n")  # a word of the vocabulary becomes another
    content[vocabulary + 1] ^= 1
    damaged.write_bytes(content)
    assert "does not match its checksum" in assert_fails(4, "lstm-predict", damaged, "text")


def test_a_class_of_two_lines_is_shown_on_one(invoke, tiny_config_file, tmp_path):
    reviews = tmp_path / "reviews.csv"
    with reviews.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("text", "label"), *((f"film {n}", ("so\nso", "o\nk")[n % 2]) for n in range(40))]
        )
    invoke("lstm-train", "-c", tiny_config_file, "-d", reviews, "-o", tmp_path / "run", "--epochs", 1)
    result = invoke("lstm-predict", tmp_path / "run" / "best-tiny-model.h5", *["film"] * 3)
    labels = [line.split("  ")[0].strip() for line in result.stdout.splitlines()]
    assert len(labels) == 3
    assert set(labels) <= {"so so", "o k"}


@pytest.mark.usefixtures("keras_started")
def test_a_plain_keras_file_predicts_the_same_once_its_words_are_known(invoke, model_file, reviews_csv, tmp_path):
    import keras

    plain = tmp_path / "plain.h5"
    keras.models.load_model(model_file).save(plain)
    ours = _predict(invoke, model_file, "a wonderful film")
    theirs = _predict(invoke, plain, "a wonderful film", "--set", f"data.dataset={reviews_csv}")
    assert theirs[0]["probability"] == pytest.approx(ours[0]["probability"], abs=1e-6)


class TestWhatIsGivenInTheWrongPlace:
    def test_the_name_of_a_file_is_no_text(self, assert_fails, model_file, tmp_path):
        """Its name would be judged in place of its content; both ways on are named."""
        reviews = tmp_path / "good reviews.txt"
        reviews.write_text("a good film")
        message = assert_fails(2, "lstm-predict", model_file, "a film", reviews)
        assert f"--file '{reviews}'" in message
        assert f"echo '{reviews}' | lstm-predict {model_file}" in message

    @pytest.mark.parametrize("text", ["a" * 5000, "nul\0", "/", "."])
    def test_a_text_that_can_be_no_files_name_is_a_text(self, invoke, model_file, text):
        assert invoke("lstm-predict", model_file, text).exit_code == 0

    def test_a_text_without_a_model(self, assert_fails):
        message = assert_fails(2, "lstm-predict", "a wonderful film", stdin="x")
        assert message.startswith(
            "Error: There is no model 'a wonderful film'. It comes first: lstm-predict MODEL.h5"
        )

    @pytest.mark.parametrize("text", ["-5 stars", "-quite bad", "--really good"])
    def test_a_text_like_an_option(self, assert_fails, invoke, model_file, text):
        assert f"comes behind --: -- '{text}'." in assert_fails(2, "lstm-predict", model_file, text)
        assert invoke("lstm-predict", model_file, "--", text).exit_code == 0


class TestRowsLineUp:
    """One result a row, whatever the row holds, and nothing of the input lost."""

    @pytest.fixture
    def sheet(self, tmp_path):
        """A file of 60 rows: good ones, blank ones, unreadable ones, one whose column's name is taken."""
        path = tmp_path / "sheet.csv"
        texts = ["a wonderful film", "", "   ", "nan", "two\nlines", "映画"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "review", "prediction"])
            for number in range(60):
                width = 5 if number % 20 == 7 else 3
                writer.writerow([number, texts[number % 6], "mine", "too", "many"][:width])
        return path

    @pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
    def test_a_sheet_comes_back_with_every_row_in_order(self, invoke, model_file, sheet, tmp_path, suffix):
        scored = tmp_path / f"scored{suffix}"
        result = invoke("lstm-predict", model_file, "-f", sheet, "-o", scored)
        assert (result.exit_code, result.stdout) == (0, f"{scored}\n")
        assert "60 rows, 28 without a text, 3 unreadable" in result.stderr
        readers = {
            ".csv": pd.read_csv, ".jsonl": lambda path: pd.read_json(path, lines=True), ".parquet": pd.read_parquet
        }  # fmt: skip
        table = readers[suffix](scored)
        assert len(table) == 60
        names = ["prediction_2", "probability", "probability_negative", "probability_positive", "unknown_share"]
        assert sorted(table.columns) == sorted(["id", "review", "prediction", *names, "truncated"])
        readable = table[table["id"].notna()]
        assert readable["id"].astype(int).tolist() == [number for number in range(60) if number % 20 != 7]
        assert set(readable["prediction"]) == {"mine"}
        for _, row in readable.iterrows():
            has_text = row["review"] == "a wonderful film"
            assert (row["prediction_2"] in {"negative", "positive"}) >= has_text
            if row["prediction_2"] in {"negative", "positive"}:
                assert row["probability"] == row[f"probability_{row['prediction_2']}"]

    def test_the_document_has_a_prediction_for_every_row(self, invoke, model_file, sheet):
        predictions = _predict(invoke, model_file, "-f", sheet)
        assert len(predictions) == 60
        assert predictions[1]["label"] is predictions[1]["probability"] is predictions[1]["probabilities"] is None
        assert predictions[0]["label"] in {"negative", "positive"}

    def test_what_stands_at_the_output_is_replaced_only_with_force(self, invoke, assert_fails, model_file, sheet):
        before = sheet.read_text()
        message = assert_fails(2, "lstm-predict", model_file, "-f", sheet, "-o", sheet)
        assert "--force to replace it" in message
        assert sheet.read_text() == before
        assert invoke("lstm-predict", model_file, "-f", sheet, "-o", sheet, "--force").exit_code == 0
        assert len(pd.read_csv(sheet)) == 60

    def test_an_output_of_another_kind_is_refused_before_anything_is_read(self, assert_fails, model_file):
        message = assert_fails(2, "lstm-predict", model_file, "-f", "missing.csv", "-o", "scored.xls")
        assert "expected a file named .csv, .jsonl, .parquet, got '.xls'" in message

    def test_a_folder_is_no_output_with_force_neither(self, assert_fails, model_file, tmp_path):
        folder = tmp_path / "scored.csv"
        folder.mkdir()
        for words in ([], ["--force"], ["--resume"]):
            message = assert_fails(2, "lstm-predict", model_file, "-f", "missing.csv", "-o", folder, *words)
            assert "scored.csv is a folder" in message

    def test_texts_of_the_command_line_can_be_written_too(self, invoke, model_file, tmp_path):
        scored = tmp_path / "scored.csv"
        assert invoke("lstm-predict", model_file, "a film", "映画", "-o", scored).exit_code == 0
        assert pd.read_csv(scored)["text"].tolist() == ["a film", "映画"]

    def test_the_column_is_the_one_that_is_named(self, invoke, model_file, tmp_path):
        path = tmp_path / "two.csv"
        path.write_text("title,text\nfilm,the\n")
        assert _predict(invoke, model_file, "-f", path)[0]["text"] == "the"
        assert _predict(invoke, model_file, "-f", path, "--text", "title")[0]["text"] == "film"
        both = _predict(invoke, model_file, "-f", path, "--text", "title", "--text", "text")
        assert both[0]["text"] == "film the"


class TestThreshold:
    def test_it_moves_the_label_and_no_probability(self, invoke, model_file):
        (usual,) = _predict(invoke, model_file, "a wonderful film")
        for threshold, label in (("0.01", "positive"), ("0.99", "negative")):
            (moved,) = _predict(invoke, model_file, "a wonderful film", "--threshold", threshold)
            assert moved["label"] == label
            assert moved["probabilities"] == usual["probabilities"]
            assert moved["probability"] == usual["probabilities"][label]

    @pytest.mark.parametrize("threshold", ["0", "1", "-1", "nan", "half"])
    def test_one_outside_of_0_to_1_is_refused(self, assert_fails, model_file, threshold):
        assert_fails(2, "lstm-predict", model_file, "a film", "--threshold", threshold)
