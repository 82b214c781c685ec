"""`lstm-data`: what it tells of every form of a file, and `lstm-train --dry-run` on the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent.parent / "data" / "cases"
BOTH = {"negative": 20, "positive": 20}
GROUPED = ("--classes", "negative=1,2 positive=4,5")
NOTHING = {"left_out": {}, "duplicates": 0, "contradictions": 0}
HOLES = {"left_out": {"no text": 3, "no label": 1}, "duplicates": 3, "contradictions": 1}
_FILES = [
    ("no-header-six-columns.csv", (), BOTH),
    ("tweets-three-classes.csv", (), {"negative": 18, "neutral": 12, "positive": 14}),
    ("stars.jsonl", (), {"1": 11, "2": 9, "3": 12, "4": 9, "5": 11}),
    ("stars.jsonl", GROUPED, BOTH),
    ("fasttext.txt", (), BOTH),
    ("fasttext-two.txt.bz2", (), BOTH),
    ("phrases.tsv", (), {"0": 10, "1": 10, "2": 10, "3": 10, "4": 10}),
    ("liked.tsv", (), BOTH),
    ("stray-quotes.tsv", (), BOTH),
    ("semicolons-bom.csv", ("--text", "bewertung", "--label", "gut"), {"ja": 20, "nein": 20}),
    ("utf16.csv", (), BOTH),
    ("cp1252.csv", (), BOTH),
    ("reviews.csv.gz", (), BOTH),
    ("reviews.zip", (), BOTH),
    ("array.json", (), BOTH),
    ("reviews.ndjson", (), BOTH),
    ("reviews.xlsx", (), BOTH),
    ("reviews.parquet", (), BOTH),
    ("two-folders", (), BOTH),
    ("class-folders", (), {"anger": 12, "boredom": 12, "joy": 12}),
    ("true-false.csv", (), BOTH),
    ("plus-minus-one.csv", (), BOTH),
    ("good-bad.csv", (), {"好评": 20, "差评": 20}),
    ("holes.csv", (), {"negative": 22, "positive": 21}),
    ("amazon-reviews.csv", (), {"1": 11, "2": 9, "4": 9, "5": 11}),
    ("amazon-reviews.csv", ("--text", "Summary", "--text", "Text", *GROUPED), BOTH),
]
every_file = pytest.mark.parametrize(("name", "options", "classes"), _FILES)


@every_file
def test_the_document_counts_what_is_there(invoke, name, options, classes):
    result = invoke("lstm-data", CASES / name, *options, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["reviews"] == sum(classes.values())
    assert document["classes"] == classes
    assert list(document["classes"]) == list(classes)
    expected = HOLES if name == "holes.csv" else NOTHING
    if name == "stars.jsonl" and options:
        expected = {**NOTHING, "left_out": {"in no group": 12}}
    assert {key: document[key] for key in expected} == expected
    assert document["near_duplicates"] is None


@every_file
def test_a_dry_run_takes_the_same_files_with_the_same_options(invoke, name, options, classes):
    """With a model of as many outputs as there are classes."""
    result = invoke("lstm-train", "-m", "gru", "-d", CASES / name, *options, "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    parts = [part["classes"] for part in document["splits"].values()]
    assert {label: sum(part[label] for part in parts) for label in classes} == classes
    assert document["layers"]["output"]["shapes"][1] == [1 if len(classes) == 2 else len(classes)]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("semicolons-bom.csv", (), {"text": ["bewertung"], "label": "gut", "encoding": "utf-8", "delimiter": ";"}),
        ("no-header-six-columns.csv", (), {"text": ["6"], "label": "1", "encoding": "cp1252", "delimiter": ","}),
        ("phrases.tsv", (), {"text": ["Phrase"], "label": "Sentiment", "delimiter": "\t", "header": True}),
        ("amazon-reviews.csv", ("--text", "Summary", "--text", "Text"), {"text": ["Summary", "Text"]}),
        ("utf16.csv", (), {"encoding": "utf-16"}),
        ("cp1252.csv", ("--encoding", "latin-1"), {"encoding": "latin-1"}),
        ("reviews.parquet", (), {"text": ["text"], "label": "label", "encoding": None, "delimiter": None}),
        ("fasttext.txt", (), {"text": [], "label": None, "encoding": "utf-8", "delimiter": None}),
        ("two-folders", (), {"text": [], "label": None, "encoding": None, "delimiter": None}),
    ],
)
def test_the_document_says_how_the_file_was_read(invoke, name, options, expected):
    document = json.loads(invoke("lstm-data", CASES / name, *options, "--json").stdout)
    assert {key: document[key] for key in expected} == expected


def test_the_report_for_people_says_it_all(invoke):
    result = invoke("lstm-data", CASES / "holes.csv")
    assert result.exit_code == 0
    assert result.stdout == (
        "holes.csv: 43 reviews\n"
        "  read as utf-8, separated by ',', text from 'text', labels from 'label'\n"
        "  3 rows left out, no text: lines 42, 43, 44\n"
        "  1 row left out, no label: line 45\n"
        "\n"
        "Classes\n"
        "  negative         22   51.2%\n"
        "  positive         21   48.8%\n"
        "\n"
        "Words of a review\n"
        "  the median 9, 95 % at most 12, the longest 14\n"
        "  data.maxlen=100 keeps 100.0% whole\n"
        "\n"
        "Scripts\n"
        "  Latin 100.0%\n"
        "\n"
        "Repeated\n"
        "  rows whose text stood in an earlier one: 3 (lines 46, 47, 48)\n"
        "  texts with more than one label: 1 (line 46)\n"
    )


def test_a_suggestion_can_be_pasted(invoke):
    """As it stands, behind the command that trains."""
    report = invoke("lstm-data", "rotten-tomatoes", "-s", "data.maxlen=10").stdout
    assert "Suggested\n  --set data.maxlen=40  " in report
    document = json.loads(invoke("lstm-data", "rotten-tomatoes", "--set", "data.maxlen=40", "--json").stdout)
    assert document["suggestions"] == []
    assert document["classes"] == {"negative": 4265, "positive": 4265}


@pytest.mark.parametrize(
    ("exit_code", "arguments", "message"),
    [
        (3, [CASES / "holes.csv", "--strict"], "4 rows cannot be read.\nline 42: no text; line 43: no text; "),
        (3, [CASES / "amazon-reviews.csv", "--text", "Txt"], "has no column 'Txt' (--text). Did you mean 'Text'?"),
        (3, [CASES / "no-header-six-columns.csv", "--label", "9"], "--label takes a column's number from 1 to 6"),
        (3, [CASES / "phrases.tsv", "--label", "PhraseId"], "holds 50 different values in 50 rows"),
        (3, [CASES / "cp1252.csv", "--encoding", "utf-8"], "line 2: expected utf-8 text, got the byte 0x93"),
        (3, ["missing.csv"], "There is no file missing.csv"),
        (2, [CASES / "stars.jsonl", "--classes", "positive=5"], "data.classes: expected two classes or more"),
        (2, [CASES / "stars.jsonl", "--encoding", "klingon"], "expected an encoding that Python knows"),
        (2, [CASES / "stars.jsonl", "--delimiter", "::"], "expected one character"),
        (2, [CASES / "stars.jsonl", "-s", "training.epochs=3"], "takes settings of the data here"),
        (2, ["imdb", "--classes", "bad=0 good=1"], "imdb has classes of its own"),
        (2, [], "Missing argument 'SOURCE …'"),
    ],
)
def test_what_cannot_be_followed_is_refused(assert_fails, exit_code, arguments, message):
    assert message in assert_fails(exit_code, "lstm-data", *arguments)


def test_two_columns_that_could_be_meant_are_both_named(assert_fails, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,rating,score\n" + "".join(f"text {n},{n % 2},{n % 3}\n" for n in range(20)))
    message = assert_fails(3, "lstm-data", path)
    assert "the label could stand in the column 'rating' or in 'score'" in message
    assert "--label 'rating' or --label 'score'" in message


def test_looking_at_data_starts_no_framework(command_environment):
    program = (
        "import sys\n"
        "from lstm_cli.cli.data import data\n"
        "data(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'sklearn', 'pandas'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(CASES / "reviews.parquet")],
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout.endswith("\n[]\n")
