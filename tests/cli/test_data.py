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
    assert document["near_duplicates"] == 0


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
        "  the median 11, 95 % at most 14, the longest 16\n"
        "  data.maxlen=1600 keeps 100.0% whole and cuts 0\n"
        "\n"
        "Scripts\n"
        "  Latin 100.0%\n"
        "\n"
        "Repeated\n"
        "  rows whose text stood in an earlier one: 3 (lines 46, 47, 48)\n"
        "  texts with more than one label: 1 (line 46)\n"
        "  texts of one part that nearly stand in another: 0\n"
    )


def test_what_is_suggested_is_for_the_model_that_is_trained_where_none_is_named(invoke):
    """Which reads whole sentences and knows nearly all words of these."""
    report = invoke("lstm-data", "rotten-tomatoes").stdout
    assert "data.maxlen=1600 keeps 100.0% whole and cuts 0" in report
    assert "Suggested" not in report
    assert "No model is named 'gur'" in invoke("lstm-data", "rotten-tomatoes", "-m", "gur").stderr


def test_a_dry_run_learns_no_n_grams_and_counts_what_there_would_be(invoke, reviews_csv):
    dry = invoke("lstm-train", "-d", reviews_csv, "-s", "data.num_words=91", "--dry-run")
    assert "Learning" not in dry.stderr
    assert "lstm_1         42 x 256" in dry.stdout, "of the embedding 32, and of the n-grams 10"


def test_a_suggestion_can_be_pasted(invoke):
    """As it stands, behind the command that trains."""
    report = invoke("lstm-data", "rotten-tomatoes", "-m", "gru", "-s", "data.maxlen=10").stdout
    assert report.endswith(
        "Suggested for gru\n"
        "  --set data.maxlen=40       81% of the reviews are cut, with this 1%\n"
        "  --set data.num_words=6000  36% of the words are unknown, with this 8%\n"
    )
    document = json.loads(
        invoke(
            "lstm-data", "rotten-tomatoes", "-m", "gru", "--set", "data.maxlen=40", "-s", "data.num_words=6000",
            "--json",
        ).stdout
    )  # fmt: skip
    assert document["suggestions"] == []
    assert document["figures"] == []
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


def test_texts_that_nearly_stand_in_two_parts_are_told_with_their_lines(invoke, tmp_path):
    texts = [" ".join(f"word{number}x{place}" for place in range(40)) for number in range(60)]
    path = tmp_path / "a.csv"
    rows = [f"{text},{number % 2}\n" for number, text in enumerate([*texts, *(f"{text} again" for text in texts)])]
    path.write_text("text,label\n" + "".join(rows))
    document = json.loads(invoke("lstm-data", path, "--json").stdout)
    report = invoke("lstm-data", path).stdout
    told = next(line for line in report.splitlines() if "nearly" in line)
    count, places = told.removeprefix("  texts of one part that nearly stand in another: ").split(" ", 1)
    assert int(count) == document["near_duplicates"] > 3
    pairs = [tuple(map(int, pair.split(" and "))) for pair in places[1:-1].replace("line ", "").split(", ")[:-1]]
    assert len(pairs) == 3
    assert all(abs(one - other) == 60 for one, other in pairs)


def test_lengths_groups_scripts_and_parts_of_its_own_are_told(invoke, tmp_path):
    path, later = tmp_path / "a.csv", tmp_path / "later.csv"
    rows = [
        f"{' '.join(f'w{n}x{place}' for place in range(5 if n < 11 else 20))},{n % 2},{n // 2}" for n in range(20)
    ]
    path.write_text("\n".join(["text,label,film", *rows]))
    later.write_text("text,label,film\nno longer than that,1,a\n评,0,b\n", encoding="utf-8")
    options = ("lstm-data", path, "-m", "gru", "--test", later, "--group", "film", "-s", "data.maxlen=10")
    report = invoke(*options).stdout
    assert "  parts of its own: train 20, test 2\n  12 groups, each in one part\n" in report
    assert (
        "  the median 5, 95 % at most 20, the longest 20\n  data.maxlen=10 keeps 59.1% whole and cuts 9\n"
        in report
    )
    assert "\nScripts\n  Latin 95.5%, Han 4.5%\n" in report
    document = json.loads(invoke(*options, "--json").stdout)
    assert document["words"] == {"median": 5, "most": 20, "longest": 20}
    assert document["truncation_rate"] == 9 / 22
    assert document["scripts"] == {"Latin": 21, "Han": 1}
    assert (document["parts"], document["groups"]) == ({"train": 20, "test": 2}, 12)


def test_why_near_ones_are_not_counted_is_told(invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {number},0\n" for number in range(30)))
    result = invoke("lstm-data", path)
    assert "that nearly stand in another: not counted, a.csv holds negative reviews only." in result.stdout
    assert json.loads(invoke("lstm-data", path, "--json").stdout)["near_duplicates"] is None


def test_figures_are_written_and_named(invoke, tmp_path):
    result = invoke("lstm-data", CASES / "stars.jsonl", "-o", tmp_path / "new" / "figures")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(
        f"\nWritten to {tmp_path / 'new' / 'figures'}: lengths.png, classes.png, scripts.png\n"
    )
    document = json.loads(invoke("lstm-data", CASES / "stars.jsonl", "-o", tmp_path / "again", "--json").stdout)
    for figure in map(Path, document["figures"]):
        assert figure.read_bytes().startswith(b"\x89PNG")
        assert figure.read_bytes() == (tmp_path / "new" / "figures" / figure.name).read_bytes()


def test_a_folder_that_cannot_be_written_is_told(assert_fails, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in assert_fails(1, "lstm-data", CASES / "stars.jsonl", "-o", tmp_path / "file" / "figures")


def test_texts_without_spaces_are_told_to_be_read_letter_by_letter(invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"{n}这家店很好吃,{n % 2}\n" for n in range(30)), encoding="utf-8")
    assert "Scripts\n  Han 100.0%\n  each letter of Han counts as a word\n" in invoke("lstm-data", path).stdout


def test_a_training_tells_what_is_odd_about_own_data_and_of_ours_only_that_most_is_cut(invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {n} {'more ' * 200},{n % 2}\n" for n in range(60)))
    assert invoke("lstm-train", "-m", "gru", "-d", path, "--dry-run").stderr.splitlines()[1:] == [
        "a.csv: 100% of the reviews are longer than data.maxlen=100; --set data.maxlen=210 keeps more of them"
    ]
    for settings, told in (
        (
            ["data.maxlen=10"],
            ["81% of the reviews are longer than data.maxlen=10; --set data.maxlen=40 keeps more of them"],
        ),
        (["data.maxlen=50"], []),
    ):
        options = [word for setting in settings for word in ("-s", setting)]
        assert invoke(
            "lstm-train", "-m", "gru", "-d", "rotten-tomatoes", *options, "--dry-run"
        ).stderr.splitlines() == [f"rotten-tomatoes: {line}" for line in told]
    assert invoke("lstm-train", "-m", "gru", "-d", CASES / "liked.tsv", "--dry-run").stderr.count("\n") == 1


def test_looking_at_data_starts_no_framework(command_environment):
    program = (
        "import sys\n"
        "from lstm_cli.cli.data import data\n"
        "data(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(CASES / "reviews.parquet")],
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout.endswith("\n[]\n")
