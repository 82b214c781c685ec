"""Segmenters find words; what is not there, or not as it was, is named before anything is read."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import ConfigError, ModelFileError
from lstm_cli.text.tokenizers import describe_tokenizer, learn_tokenizer, load_tokenizer, segmenters
from lstm_cli.text.tokenizers.chinese import Jieba
from lstm_cli.text.tokenizers.japanese import Sudachi
from lstm_cli.text.tokenizers.korean import Kiwi
from lstm_cli.text.tokenizers.segmenters import Segmenter
from lstm_cli.text.tokenizers.thai import PyThaiNLP

Learn = Callable[[type[Segmenter]], Any]
KINDS = (Jieba, Sudachi, PyThaiNLP, Kiwi)


@pytest.fixture
def lacking(monkeypatch: Any) -> None:
    """No package of a segmenter is here."""

    def refuse(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(segmenters, "version", refuse)


@dataclass(frozen=True)
class Pairs(Segmenter):
    """Takes two Chinese letters for a word, and is found wherever regex is."""

    name: ClassVar[str] = "pairs"
    extra: ClassVar[str] = "of-pairs"
    packages: ClassVar[tuple[str, ...]] = ("regex",)
    run: ClassVar[str] = r"\p{Han}+"

    def segment(self, run: str) -> Iterable[str]:
        """Return the words of a run, and with them what is none."""
        return [*(run[place : place + 2] for place in range(0, len(run), 2)), " ", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("很好吃的 OK!!", ["很好", "吃的", "ok", "!!"]),
        ("Ａ 很好，吃", ["a", "很好", ",", "吃"]),
        ("8 / 10 很", ["8/10", "很"]),
        ("no such run", ["no", "such", "run"]),
        ("", []),
    ],
)
def test_words_of_a_script_are_the_packages_and_all_else_is_split_as_elsewhere(
    text: str, words: list[str]
) -> None:
    tokenizer = Pairs.learn((), language="zh", pieces=9)
    assert tokenizer == Pairs("zh", {"regex": metadata.version("regex")})
    assert tokenizer.split(text) == words
    assert tokenizer.find_obstacle() == ""
    assert not tokenizer.marks_spaces


def test_of_several_packages_the_first_that_is_missing_is_named() -> None:
    class Several(Pairs):
        """Needs what is here and what is not."""

        packages = ("regex", "not-here", "nor-here")

    with pytest.raises(
        ConfigError, match=r"pairs needs the package not-here, .*: pip install 'lstm-cli\[of-pairs\]'"
    ):
        Several.check_packages()


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_split_a_text_is_pickled_and_copied(kind: type[Segmenter], learn: Learn) -> None:
    tokenizer = learn(kind)
    expected = tokenizer.split("好吃映画한국어ไทยดี")
    copies = (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer))  # noqa: S301 - our own
    assert [one.split("好吃映画한국어ไทยดี") for one in copies] == [expected] * 2


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(st.characters() | st.sampled_from("好吃映画がー한국어 ไทยดี\n")))
@settings(max_examples=30)
def test_any_text_is_split(kind: type[Segmenter], learn: Learn, text: str) -> None:
    assert all(word.strip() and "\n" not in word for word in learn(kind).split(text))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_keeps_the_versions_of_the_packages(kind: type[Segmenter], learn: Learn) -> None:
    described = describe_tokenizer(learn(kind))
    assert described["settings"]["versions"] == {name: metadata.version(name) for name in kind.packages}
    assert load_tokenizer(described) == learn(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("lacking")
def test_a_missing_package_is_named_with_its_extra_before_anything_is_read(kind: type[Segmenter]) -> None:
    with pytest.raises(ConfigError, match=rf"pip install 'lstm-cli\[{kind.extra}\]'"):
        load_dataset(DataConfig(dataset="nowhere.csv", tokenizer=kind.name))
    described = {
        "name": kind.name,
        "version": 1,
        "settings": {"language": "und", "versions": dict.fromkeys(kind.packages, "1.0")},
    }
    with pytest.raises(ModelFileError, match=rf"'lstm-cli\[{kind.extra}\]' {kind.packages[0]}==1.0"):
        load_tokenizer(described)


@pytest.mark.parametrize("kind", KINDS)
def test_another_version_of_a_package_is_refused_with_the_one_to_install(
    kind: type[Segmenter], monkeypatch: Any
) -> None:
    monkeypatch.setattr(segmenters, "version", lambda _: "2.0")
    described = describe_tokenizer(learn_tokenizer(kind.name, (), language="und", num_words=100))
    described["settings"]["versions"][kind.packages[-1]] = "1.0"
    with pytest.raises(ModelFileError, match=f"another version of a package: .*{kind.packages[-1]}==1.0"):
        load_tokenizer(described)


@pytest.mark.parametrize("versions", [{}, {"else": "1.0"}])
def test_versions_of_other_packages_are_refused(versions: dict[str, str]) -> None:
    described = {"name": "jieba", "version": 1, "settings": {"language": "zh", "versions": versions}}
    with pytest.raises(ModelFileError, match="versions of the packages"):
        load_tokenizer(described)


@pytest.mark.parametrize(("name", "version"), [("syllables", 1), ("words", 99)])
def test_a_tokenizer_or_a_version_that_is_not_here_is_refused(name: str, version: int) -> None:
    described = {"name": name, "version": version, "settings": {}}
    with pytest.raises(ModelFileError, match=f"the tokenizer '{name}', version {version}, which is not here"):
        load_tokenizer(described)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (
            {"name": "jieba", "version": 1, "settings": {"language": 3, "versions": {}}},
            "the settings of its tokenizer",
        ),
        ({"name": "jieba", "version": 1, "settings": {}}, "the settings of its tokenizer 'jieba' cannot be read"),
        ({"name": "words", "version": 1, "settings": [], "more": 1}, "it does not say how it splits texts"),
        ("words", "it does not say how it splits texts"),
    ],
)
def test_what_describes_no_tokenizer_is_refused(description: object, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        load_tokenizer(description)
