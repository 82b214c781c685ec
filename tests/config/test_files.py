"""Configurations are read from YAML as written, refused in a line where they cannot be, and written to be read."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from strategies import configs

from lstm_cli.config import (
    Config,
    DataConfig,
    change_config,
    check_config,
    complete_config,
    describe_named_config,
    files,
    find_named_config,
    find_named_sweep,
    format_config,
    format_mapping,
    list_config_names,
    list_sweep_names,
    load_config,
    load_data_config,
    parse_overrides,
    read_mapping,
    save_config,
    split_path,
)
from lstm_cli.errors import ConfigError

SMALLEST = "model: {recurrent: [{cell: gru, units: 2}]}\n"


@pytest.fixture
def write(tmp_path: Path):
    """A function: text → the path of a YAML file that holds it."""

    def write_file(text: str | bytes, name: str = "mine.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write_file


class TestYAML:
    @pytest.mark.parametrize("number", ["1e-4", "1E-4", "1.0e-4", "0.0001", "+1e-4", "1.e-4", ".1e-3", "100e-6"])
    def test_scientific_notation_is_a_number(self, write, number):
        """YAML 1.1, and so PyYAML by itself, takes `1e-4` for text."""
        path = write(f"{SMALLEST}training: {{optimizer: {{name: adam, learning_rate: {number}}}}}")
        assert load_config(path).training.optimizer.learning_rate == pytest.approx(1e-4, rel=1e-12)

    def test_quoted_numbers_are_text_and_refused(self, write):
        path = write(f"{SMALLEST}training: {{optimizer: {{name: adam, learning_rate: '1e-4'}}}}")
        with pytest.raises(ConfigError, match=r"learning_rate: expected number, got '1e-4'"):
            load_config(path)

    def test_a_file_without_a_name_is_named_after_itself(self, write):
        assert load_config(write(SMALLEST, "my-own.yaml")).name == "my-own"
        assert load_config(write(SMALLEST + "name: other", "my-own.yaml")).name == "other"

    def test_a_byte_order_mark_is_passed_over(self, write):
        assert load_config(write(b"\xef\xbb\xbf" + SMALLEST.encode())).model.recurrent[0].units == 2

    def test_a_key_given_twice_is_an_error_with_its_line(self, write):
        with pytest.raises(ConfigError, match="a key stands twice in the mapping at line 3"):
            load_config(write(f"{SMALLEST}data:\n  maxlen: 10\n  padding: pre\n  maxlen: 20\n"))

    def test_a_key_may_override_what_it_merges(self, write):
        """`<<` is YAML's own way to share settings; overriding a shared one is no duplicate."""
        path = write(
            "model:\n  recurrent:\n  - &first {cell: gru, units: 3, dropout: 0.3}\n  - {<<: *first, units: 2}\n"
        )
        first, second = load_config(path).model.recurrent
        assert (first.units, first.dropout, second.units, second.dropout) == (3, 0.3, 2, 0.3)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "expected the sections data, model and training, got NoneType"),
            ("- 1\n- 2", "expected the sections data, model and training, got list"),
            ("gru", "expected the sections data, model and training, got str"),
            ("model: [1", "is no YAML: .* line 1"),
            ("a: *nothing", "is no YAML: found undefined alias"),
            ("a: !!python/object/apply:os.system ['true']", "is no YAML: could not determine a constructor"),
            ("a: !!int ''", "is no YAML"),
            ("a: !!float ''", "is no YAML"),
            ("a: !!bool x", "is no YAML"),
            ("a: !!timestamp x", "is no YAML"),
            ("a: 2020-13-45", "is no YAML"),
            ("a: " + "9" * 5000, "is no YAML"),
            ("? [1, 2]\n: 3", "is no YAML: .*unhashable key"),
            ("a: \x00", "is no YAML"),
            (b"a: \xff", "is not UTF-8 text: invalid start byte at byte 3"),
            (SMALLEST.encode("utf-16"), "is not UTF-8 text"),
            ("#" * 1_000_001, "is larger than 1,000,000 bytes"),
            ("a: " + "[" * 60 + "]" * 60, "too deep a nesting"),
            ("a: " + "[" * 20_000, "too deep a nesting"),
            ("{a: " * 60 + "1" + "}" * 60, "too deep a nesting"),
            ("a: &a 1\nb: [" + "*a," * 101 + "]", "too many aliases"),
        ],
    )
    def test_what_is_no_configuration_is_refused_in_a_line(self, write, text, message):
        path = write(text)
        with pytest.raises(ConfigError, match=message) as caught:
            load_config(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(("name", "reason"), [("", "Is a directory"), ("missing.yaml", "No such file")])
    def test_what_is_no_file_is_named(self, tmp_path, name, reason):
        with pytest.raises(ConfigError, match=f"Cannot read the configuration .*{reason}"):
            load_config(tmp_path / name)

    def test_of_a_runs_folder_its_configuration_is_named(self, tmp_path):
        (tmp_path / "config.yaml").touch()
        with pytest.raises(ConfigError, match=rf"Is a directory\. Name {tmp_path / 'config.yaml'}\.$"):
            load_config(tmp_path)

    @pytest.mark.parametrize("key", ["data: {padding: *i}", "data: *i", "model: *i", "training: {optimizer: *i}"])
    def test_few_aliases_that_unfold_to_billions_are_not_unfolded(self, write, key):
        """Nine levels of nine: 72 aliases, 9**9 items; where they are named in the error they are cut short."""
        levels = ["a: &a [x,x,x,x,x,x,x,x,x]"]
        levels += [
            f"{inner}: &{inner} [{','.join([f'*{outer}'] * 9)}]"
            for outer, inner in zip("abcdefgh", "bcdefghi", strict=True)
        ]
        path = write("\n".join([*levels, key]))
        # In a process of its own with little memory, so that a failure ends this test alone.
        program = (
            "import resource, sys; from pathlib import Path; from lstm_cli.config import load_config\n"
            "from lstm_cli.errors import ConfigError\n"
            "resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, resource.getrlimit(resource.RLIMIT_AS)[1]))\n"
            "try: load_config(Path(sys.argv[1]))\n"
            "except ConfigError as error: print(error)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, path],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "problems" in done.stdout, done.stderr
        assert max(map(len, done.stdout.splitlines())) < 500

    @given(st.text() | st.binary())
    def test_no_content_raises_anything_but_a_config_error(self, tmp_path_factory, text):
        path = tmp_path_factory.mktemp("any") / "any.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        with pytest.raises(ConfigError):
            load_config(path)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["gru", "adam"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["data", "model", "training", "recurrent", "cell", "name", "dense", "optimizer"]
                    )
                    | st.text(max_size=3),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_no_settings_raise_anything_but_a_config_error(self, settings):
        with pytest.raises(ConfigError):
            check_config({"model": settings, "data": settings, "training": settings}, source="any")


class TestOverrides:
    @pytest.mark.parametrize(
        ("override", "read", "expected"),
        [
            ("data.maxlen=7", lambda config: config.data.maxlen, 7),
            (" data.maxlen = 7", lambda config: config.data.maxlen, 7),
            ("name=other", lambda config: config.name, "other"),
            ("data.dataset=a=b.csv", lambda config: config.data.dataset, "a=b.csv"),
            (
                "training.optimizer.learning_rate=1e-4",
                lambda config: config.training.optimizer.learning_rate,
                1e-4,
            ),
            ("model.recurrent.1.units=5", lambda config: config.model.recurrent[1].units, 5),
            ("model.recurrent[1].units=5", lambda config: config.model.recurrent[1].units, 5),
            ("model.recurrent[1]={cell: lstm, units: 5}", lambda config: config.model.recurrent[1].cell, "lstm"),
            ("model.recurrent=[{cell: lstm, units: 5}]", lambda config: len(config.model.recurrent), 1),
            (
                "model.dense=[{units: 4}, {units: 3}]",
                lambda config: [one.units for one in config.model.dense],
                [4, 3],
            ),
            ("training.early_stopping=null", lambda config: config.training.early_stopping, None),
            ("training.early_stopping=", lambda config: config.training.early_stopping, None),
            ("data.limit=null", lambda config: config.data.limit, None),
            ("model.embedding.mask_zero=true", lambda config: config.model.embedding.mask_zero, True),
            (
                "model.embedding.embeddings_regularizer.l2=0.1",
                lambda config: config.model.embedding.embeddings_regularizer.l2,
                0.1,
            ),
        ],
    )
    def test_a_setting_beats_the_files(self, write, override, read, expected):
        path = write(
            "data: {maxlen: 3, limit: 5}\n"
            "model: {recurrent: [{cell: gru, units: 2}, {cell: gru, units: 3}]}\n"
            "training: {optimizer: {name: sgd}}"
        )
        assert read(load_config(path, overrides=[override])) == expected

    def test_only_the_named_key_changes(self, write):
        path = write(SMALLEST)
        before = load_config(path).model_dump()
        after = load_config(path, overrides=["model.recurrent[0].dropout=0.5"]).model_dump()
        before["model"]["recurrent"][0]["dropout"] = 0.5
        assert after == before

    def test_the_last_of_two_wins_and_a_section_switched_off_is_opened_again(self, write):
        settings = [
            "training.early_stopping=null",
            "training.early_stopping.patience=1",
            "data.maxlen=5",
            "data.maxlen=6",
        ]
        config = load_config(write(SMALLEST), overrides=settings)
        assert config.training.early_stopping.patience == 1
        assert config.data.maxlen == 6

    @pytest.mark.parametrize(
        ("override", "message"),
        [
            ("data.maxlen", r"--set expects key\.path=value, such as data\.maxlen=200, got 'data\.maxlen'"),
            ("=3", r"--set expects key\.path=value"),
            ("", r"--set expects key\.path=value"),
            (".[]=3", r"--set expects key\.path=value"),
            ("data.maxlen=[1", r"--set data\.maxlen=\[1: the value is no YAML"),
            ("data.maxlen=!!int ''", r"the value is no YAML"),
            ("data.maxlen=" + "[" * 100, r"too deep a nesting"),
            ("model.recurrent.1.units=3", r"expected an index from 0 to 0, got '1'"),
            ("model.recurrent[-1].units=3", r"expected an index from 0 to 0, got '-1'"),
            ("model.recurrent.units=3", r"expected an index from 0 to 0, got 'units'"),
            ("model.recurrent.²=3", r"expected an index from 0 to 0, got '²'"),
            ("model.dense.0.units=3", r"the list is empty, so it has no item '0'"),
            ("data.maxlen.deeper=3", r"data\.maxlen: expected integer, got \{'deeper': 3\}"),
            ("data.maxlne=3", r"data\.maxlne: unknown key\. Did you mean 'maxlen'\?"),
            ("dta.maxlen=3", r"dta: unknown key\. Did you mean 'data'\?"),
            ("data.maxlen=0", r"data\.maxlen: expected greater than or equal to 1, got 0"),
            ("data.maxlen='7'", r"data\.maxlen: expected integer, got '7'"),
            (f"model.recurrent[{'9' * 5000}].units=1", r"expected an index from 0 to 0, got '999"),
            (f"model.recurrent.{'9' * 5000}.units=1", r"expected an index from 0 to 0, got '999"),
            (f"training.epochs={'9' * 5000}", r"--set training\.epochs=9+…: the value is no YAML"),
            (f"{'9' * 5000}=1", r"unknown key"),
            ("name=\n'", r"--set name= ': the value is no YAML"),
        ],
    )
    def test_one_that_cannot_be_followed_is_refused_in_a_line(self, write, override, message):
        with pytest.raises(ConfigError, match=message) as caught:
            load_config(write(SMALLEST), overrides=[override])
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 6000

    def test_what_is_wrong_with_it_is_not_blamed_on_the_file(self, write):
        path = write(SMALLEST)
        with pytest.raises(ConfigError) as caught:
            load_config(path, overrides=["data.maxlne=3"])
        assert str(caught.value).startswith("--set data.maxlne: unknown key.")
        broken = write(SMALLEST + "\ndata: {maxlen: 0}\n")
        with pytest.raises(ConfigError) as caught:
            load_config(broken, overrides=["training.epochs=0"])
        first, *rest = str(caught.value).splitlines()
        assert first == f"{broken}: 2 problems"
        assert rest == [
            "  --set training.epochs: expected integer greater than or equal to 1, or auto; got 0",
            "  data.maxlen: expected greater than or equal to 1, got 0",
        ]
        with pytest.raises(ConfigError) as caught:
            load_config(write(SMALLEST), overrides=["training.epochs=0", "data.maxlen=0"])
        assert str(caught.value).startswith("2 problems\n  --set ")

    @pytest.mark.parametrize(
        ("stem", "name"), [("mon modèle", "mon-modele"), ("模型", "mine"), ("-x", "x"), ("a" * 70, "a" * 64)]
    )
    def test_a_file_whose_name_cannot_name_the_run_says_what_helps(self, write, stem, name):
        path = write(SMALLEST)
        path = path.rename(path.with_stem(stem))
        with pytest.raises(
            ConfigError, match=f"That is the file's name; .* name: {name}, or give -s name={name}.$"
        ):
            load_config(path)
        assert load_config(path, overrides=[f"name={name}"]).name == name
        path.write_text(path.read_text() + "\nname: a b\n")
        with pytest.raises(ConfigError) as caught:
            load_config(path)
        assert "file's name" not in str(caught.value)

    @given(st.lists(st.text(alphabet="data.maxlenmodel[]0123²=:{}*&!-\"' \n", max_size=20), max_size=3))
    def test_no_text_raises_anything_but_a_config_error(self, overrides):
        with suppress(ConfigError):
            parse_overrides(overrides)

    def test_outer_paths_are_set_before_inner_ones_in_whatever_order_they_come(self):
        config = check_config({"model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test")
        changes = {"training.optimizer.learning_rate": 0.5, "training.optimizer": {"name": "sgd"}}
        for order in (changes, dict(reversed(changes.items()))):
            optimizer = change_config(config, order, source="test").training.optimizer
            assert (optimizer.name, optimizer.learning_rate) == ("sgd", 0.5)

    def test_they_are_read_as_plain_sections(self):
        overrides = ["data.dataset=imdb", "data.maxlen=5", "training.optimizer.name=adam"]
        assert parse_overrides(overrides) == {
            "data": {"dataset": "imdb", "maxlen": 5},
            "training": {"optimizer": {"name": "adam"}},
        }
        assert parse_overrides([]) == {}


class TestFormatting:
    @given(configs())
    def test_what_is_written_is_read_back_equal(self, tmp_path_factory, config):
        path = tmp_path_factory.mktemp("round") / "trip.yaml"
        save_config(path, config)
        assert path.read_text(encoding="utf-8") == format_config(config)
        assert load_config(path) == config

    @given(configs())
    def test_json_is_read_back_equal(self, config):
        """As the model file keeps it."""
        assert check_config(json.loads(config.model_dump_json()), source="JSON") == config

    def test_it_is_plain_yaml_in_any_script_with_every_default_spelt_out(self, write):
        config = load_config(write(SMALLEST), overrides=["data.dataset=отзывы/映画.csv"])
        text = format_config(config)
        assert "отзывы/映画.csv" in text
        assert yaml.safe_load(text)["training"]["optimizer"]["rho"] == 0.9
        assert text.startswith("# lstm-train --config FILE")

    def test_every_float_survives(self, write):
        """Floats that YAML 1.1 would print without a dot, and read back as text."""
        for value in (1e-7, 1e22, 5e-324, math.pi, 1.0):
            config = load_config(
                write(SMALLEST), overrides=[f"training.optimizer={{name: sgd, learning_rate: {value!r}}}"]
            )
            again = load_config(write(format_config(config)))
            assert again.training.optimizer.learning_rate == value

    @pytest.mark.parametrize(
        "text",
        [
            "\x85",
            "a\x85b",
            "a\u2028b",
            "a\nb",
            "1e5",
            "1e-4",
            "null",
            "on",
            "0x1",
            "~",
            "a: b",
            "#",
            " a ",
            "\ufeff",
            "\u202e\x9b",
        ],
    )
    def test_text_that_yaml_reads_otherwise_is_quoted(self, write, text):
        config = load_config(write(SMALLEST)).model_copy(update={"data": DataConfig(dataset=text)})
        assert load_config(write(format_config(config))) == config
        assert format_config(config).replace("\n", "").isprintable()

    def test_it_needs_no_more_than_what_is_printed(self, write):
        config = load_config(write(SMALLEST))
        assert TypeAdapter(Config).validate_python(yaml.safe_load(format_config(config))) == config

    def test_sections_stand_in_the_order_of_the_schema(self, write):
        text = format_config(load_config(write(SMALLEST)))
        assert [line for line in text.splitlines() if not line.startswith((" ", "-", "#"))] == [
            "name: mine",
            "data:",
            "model:",
            "training:",
        ]
        assert format_mapping({"b": 1, "a": [2]}) == "b: 1\na:\n- 2\n"


class TestBounds:
    """Whatever is larger, deeper or more tangled than a page was not written as a configuration."""

    def read(self, path):
        return read_mapping(path, expected="sections", example="lstm-config show gru")

    def test_a_file_of_a_million_bytes_is_still_read(self, write):
        with pytest.raises(ConfigError, match="is no YAML"):
            self.read(write("]" + "#" * 999_999))

    @pytest.mark.parametrize("levels", [48, 49])
    def test_fifty_levels_are_read_and_no_more(self, write, levels):
        """The mapping is one of them, and the number within another."""
        path = write("a: " + "[" * levels + "1" + "]" * levels)
        if levels == 48:
            assert len(self.read(path)) == 1
        else:
            with pytest.raises(ConfigError, match="too deep a nesting"):
                self.read(path)

    def test_a_hundred_aliases_are_read(self, write):
        assert self.read(write("a: &a 1\nb: [" + "*a," * 100 + "]")) == {"a": 1, "b": [1] * 100}

    def test_what_should_stand_in_it_is_told_with_an_example(self, write):
        path = write("[]")
        with pytest.raises(ConfigError, match=r"expected sections, got list\. `lstm-config show gru` prints an"):
            self.read(path)

    def test_a_long_file_is_no_deep_one(self, write):
        """What was left behind is no level any more."""
        assert len(self.read(write("".join(f"key{number}: [[{number}]]\n" for number in range(60))))) == 60


class TestNamed:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """An installation's folder of configurations, of which two are sweeps."""
        folder = tmp_path / "site" / "configs"
        for name in ("b", "tutorials/a", "a", "sweeps/z", "sweeps/gru", "sweepstake"):
            path = folder / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# lstm-train --model {name}\n#  What {name} is.\n{SMALLEST}")
        (folder / "notes.txt").write_text("no configuration")
        monkeypatch.setattr(files, "__file__", str(tmp_path / "site" / "lstm_cli" / "config" / "files.py"))
        return folder

    def test_they_are_named_by_their_paths_in_order_and_sweeps_apart(self, folder):
        assert list_config_names() == ["a", "b", "sweepstake", "tutorials/a"]
        assert list_sweep_names() == ["gru", "z"]
        assert find_named_config("tutorials/a") == folder / "tutorials" / "a.yaml"
        assert find_named_sweep("gru") == folder / "sweeps" / "gru.yaml"
        assert describe_named_config("b") == "What b is."

    def test_those_inside_the_package_come_before_those_beside_it(self, folder):
        inside = folder.parent / "lstm_cli" / "configs"
        inside.mkdir(parents=True)
        (inside / "only.yaml").write_text(SMALLEST)
        assert list_config_names() == ["only"]

    def test_an_installation_without_them_says_what_helps(self, folder):
        folder.rename(folder.with_name("elsewhere"))
        with pytest.raises(ConfigError, match="install lstm-cli anew"):
            list_config_names()

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "mine.yaml",
                r"No model is named 'mine\.yaml'\. A file is given with --config mine\.yaml\. The names: ",
            ),
            ("mine.yml", r"A file is given with --config mine\.yml\."),
            ("tutorial/a", r"Did you mean 'tutorials/a'\? The names: a, b, sweepstake, tutorials/a \(lstm-config"),
            ("sweeps/gru", r"No model is named 'sweeps/gru'\."),
        ],
    )
    @pytest.mark.usefixtures("folder")
    def test_what_is_no_model_is_told_from_a_file_and_a_slip(self, name, message):
        with pytest.raises(ConfigError, match=message):
            find_named_config(name)

    @pytest.mark.usefixtures("folder")
    def test_what_is_no_sweep_is_told_with_the_nearest(self):
        expected = r"No sweep is named 'gri', and no file\. Did you mean 'gru'\? The names: gru, z\."
        with pytest.raises(ConfigError, match=expected):
            find_named_sweep("gri")

    @pytest.mark.usefixtures("folder")
    def test_the_settings_of_the_data_alone_may_be_those_of_a_model(self, write):
        write("data: {maxlen: 9, num_words: 70}\n" + SMALLEST).rename(find_named_config("b"))
        data = load_data_config(["data.maxlen=5"], model="b")
        assert (data.maxlen, data.num_words) == (5, 70)
        assert load_data_config(["data.maxlen=5"]).num_words == DataConfig().num_words
        assert load_data_config([]) == DataConfig()
        with pytest.raises(ConfigError, match="Did you mean 'a'"):
            load_data_config([], model="A")


def test_settings_of_the_data_alone_are_refused_in_a_line_each():
    with pytest.raises(ConfigError, match=r"such as data\.maxlen=200, got model\.$"):
        load_data_config(["training.epochs=3", "model.dropout=0", "data.maxlen=3"])
    with pytest.raises(ConfigError) as caught:
        load_data_config(["data.maxlen=0", "data.limit=0"])
    first, second = str(caught.value).splitlines()
    assert first.startswith("data.maxlen: expected greater")
    assert second.startswith("  data.limit: expected greater")


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("model.recurrent[0].units", ["model", "recurrent", "0", "units"]),
        ("model.recurrent.007.units", ["model", "recurrent", "7", "units"]),
        (" name ", ["name"]),
        ("[1][2]", ["1", "2"]),
        ("a.9999999999", ["a", "9999999999"]),
    ],
)
def test_a_path_is_split_into_its_keys_an_index_in_one_spelling(path, keys):
    assert split_path(path) == keys


class TestChanges:
    @pytest.fixture
    def config(self):
        settings = {
            "model": {"recurrent": [{"cell": "lstm", "units": 2, "unit_forget_bias": True}]},
            "training": {"optimizer": {"name": "sgd"}},
        }
        return check_config(settings, source="test")

    def test_what_was_not_written_follows_what_is_changed(self, config):
        """SGD's rate of 0.01 was a default, which is Adam's own afterwards."""
        changed = change_config(config, {"training.optimizer.name": "adam"}, source="test")
        assert changed.training.optimizer.learning_rate == 0.001
        assert config.training.optimizer.learning_rate == 0.01

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"data.maxlne": 3}, r"^space\.yaml: data\.maxlne: unknown key\. Did you mean 'maxlen'\?$"),
            (
                {"model.recurrent[1].units": 3},
                r"^space\.yaml: model\.recurrent\[1\]\.units: expected an index from",
            ),
            (
                {"model.recurrent[0].cell": "gru"},
                r"^space\.yaml: model\.recurrent\[0\]\.unit_forget_bias: unknown",
            ),
            ({"data.maxlen": 0, "data.limit": 0}, r"^space\.yaml: 2 problems\n  data\.maxlen: "),
        ],
    )
    def test_one_that_leads_nowhere_is_named_with_where_it_came_from(self, config, changes, message):
        with pytest.raises(ConfigError, match=message):
            change_config(config, changes, source="space.yaml")

    def test_what_is_given_stays_as_it_is(self, config):
        changes = {"training.optimizer": {"name": "sgd"}, "training.optimizer.learning_rate": 0.5}
        change_config(config, changes, source="test")
        assert changes == {"training.optimizer": {"name": "sgd"}, "training.optimizer.learning_rate": 0.5}
        settings = {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}
        changed = complete_config(settings, name="x", overrides=["model.recurrent[0].units=3"], source="test")
        assert changed.model.recurrent[0].units == 3
        assert settings == {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}

    def test_a_name_that_is_written_beats_the_one_that_is_at_hand(self):
        settings = {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}
        assert complete_config(settings, name="x", source="test").name == "x"
        assert complete_config({"name": "y", **settings}, name="x", source="test").name == "y"
