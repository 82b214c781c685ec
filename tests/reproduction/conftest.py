"""What the tests of the reproduction share: a folder like an sdist, with sentences of our own."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import forked_python
import pytest

_WORDS = {-3: "awful", -1: "weak", 0: "brown", 1: "nice", 3: "superb"}
_HAS_ARTICLES = {
    "amazonReviewSnippets": True,
    "movieReviewSnippets": False,
    "nytEditorialSnippets": True,
    "tweets": False,
}


@pytest.fixture(autouse=True)
def forked_commands(monkeypatch) -> None:
    """Let the reproduction's commands start soon."""
    monkeypatch.setattr("subprocess.Popen", forked_python.Popen)


@pytest.fixture(scope="session")
def sdist(tmp_path_factory) -> Path:
    """400 rated sentences in four files, those of two of them five to an article."""
    folder = tmp_path_factory.mktemp("sdist")
    (folder / "additional_resources").mkdir()
    with tarfile.open(folder / "additional_resources" / "hutto_ICWSM_2014.tar.gz", "w:gz") as archive:
        for kind, has_articles in _HAS_ARTICLES.items():
            lines = []
            for number in range(100):
                rating, word = list(_WORDS.items())[number % 5]
                name = f"{number // 5 + 1}_{number % 5 + 1}" if has_articles else str(number)
                lines.append(f'{name}\t{rating / 1.1:.5f}\t{kind} {word}, \t"really" {word} thing {number}\r\n')
            content = "".join(lines).encode()
            entry = tarfile.TarInfo(f"hutto_ICWSM_2014/{kind}_GroundTruth.txt")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return folder
