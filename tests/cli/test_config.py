"""`lstm-config`: the configurations, listed, printed, checked and described."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from lstm_cli.cli.command import Output
from lstm_cli.config import Config, find_named_config, list_config_names, load_config


def test_ls_lists_every_configuration_with_its_sentence(invoke):
    lines = invoke("lstm-config", "ls").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list_config_names()
    assert {"lstm", "dropout-lstm", "stacked-lstm", "gru"} <= set(list_config_names())
    assert all(len(line.split(maxsplit=1)[1]) > 20 for line in lines)
    assert list(json.loads(invoke("lstm-config", "ls", "--json").stdout)) == list_config_names()


def test_show_prints_a_file_that_is_the_configuration(invoke, tmp_path):
    for name in list_config_names():
        text = invoke("lstm-config", "show", name).stdout
        assert text == find_named_config(name).read_text(encoding="utf-8")
        mine = tmp_path / f"{Path(name).name}.yaml"
        mine.write_text(text, encoding="utf-8")
        assert load_config(mine) == load_config(find_named_config(name))


def test_show_as_json_has_every_default_filled_in(invoke):
    document = json.loads(invoke("lstm-config", "show", "gru", "--json").stdout)
    assert document == load_config(find_named_config("gru")).model_dump(mode="json")
    assert document["model"]["recurrent"][0]["reset_after"] is True


def test_show_of_an_unknown_name_names_the_nearest(assert_fails):
    assert "No model is named 'grru'. Did you mean 'gru'?" in assert_fails(2, "lstm-config", "show", "grru")


def test_validate_tells_all_problems_of_all_files(invoke, tmp_path):
    valid, broken, worse = (tmp_path / name for name in ("valid.yaml", "broken.yaml", "worse.yaml"))
    valid.write_text(find_named_config("gru").read_text(encoding="utf-8"))
    broken.write_text("model: {recurrent: [{cell: gru, units: 8, unts: 3}], dropuot: 0.1}\ntrainig: {}\n")
    worse.write_text("- 1\n")
    missing = tmp_path / "missing.yaml"
    result = invoke("lstm-config", "validate", broken, valid, worse, missing)
    assert result.exit_code == 2
    assert result.stdout == f"{valid}: valid\n"
    for problem in (
        f"{broken}: 3 problems",
        "model.recurrent[0].unts: unknown key. Did you mean 'units'?",
        "model.dropuot: unknown key. Did you mean 'dropout'?",
        "trainig: unknown key. Did you mean 'training'?",
        f"{worse}: expected the sections data, model and training, got list",
        f"Cannot read the configuration {missing}: No such file or directory",
    ):
        assert problem in result.stderr
    as_json = invoke("lstm-config", "validate", broken, valid, "--json")
    assert as_json.exit_code == 2
    document = json.loads(as_json.stdout)
    assert document[str(valid)] is None
    assert "3 problems" in document[str(broken)]


def test_validate_of_valid_files_exits_with_0(invoke):
    paths = [find_named_config(name) for name in list_config_names()]
    result = invoke("lstm-config", "validate", *paths)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count(": valid\n") == len(paths)


def test_the_schema_accepts_the_named_configurations_and_refuses_a_slip(invoke):
    schema = json.loads(invoke("lstm-config", "schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for name in list_config_names():
        settings = yaml.safe_load(find_named_config(name).read_text(encoding="utf-8"))
        validator.validate(settings)
        settings["trainig"] = {}
        assert not validator.is_valid(settings)
    assert schema["title"] == Config.__name__


def test_options_before_and_after_the_subcommand_are_the_same(invoke):
    before, after = invoke("lstm-config", "--json", "ls"), invoke("lstm-config", "ls", "--json")
    assert before.stdout == after.stdout
    assert json.loads(before.stdout)


@pytest.mark.parametrize("option", ["quiet", "verbose", "json"])
@pytest.mark.parametrize("line", [["{}", "ls"], ["ls", "{}"], ["{}", "ls", "{}"]], ids=["before", "after", "both"])
def test_every_common_option_counts_before_and_after_the_subcommand(invoke, monkeypatch, option, line):
    """Also those that change nothing that can be seen today."""
    outputs = []

    def build(*arguments):
        outputs.append(Output(*arguments))
        return outputs[-1]

    monkeypatch.setattr("lstm_cli.cli.config.Output", build)
    assert invoke("lstm-config", *(word.format(f"--{option}") for word in line)).exit_code == 0
    assert outputs[-1] == Output(**{name: name == option for name in ("quiet", "verbose", "json")})


def test_what_each_subcommand_does_is_said_whole(invoke):
    _, commands = invoke("lstm-config", "--help").stdout.split("Commands:")
    lines = commands.split("Examples:")[0].strip().splitlines()
    assert len(lines) == 4
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)
