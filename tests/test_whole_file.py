"""A file appears whole or not at all, and what stood there before survives every failure."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli import whole_file
from lstm_cli.errors import OutputError
from lstm_cli.whole_file import is_aside, write_text_whole, write_whole


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")))
def test_text_of_any_script_is_kept_as_utf_8(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "file.txt"
    write_text_whole(path, text)
    assert path.read_bytes() == text.encode()
    assert list_files(path.parent) == ["file.txt"]


def test_missing_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    write_text_whole(path, "x")
    assert path.read_text() == "x"


def test_nothing_stands_there_until_all_is_written(tmp_path):
    path = tmp_path / "file.png"
    with write_whole(path) as aside:
        aside.write_text("half")
        assert not path.exists()
        assert aside.parent == path.parent  # a rename across disks would copy
        assert aside.suffix == ".png"
        assert aside.name.startswith(".")
    assert path.read_text() == "half"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [None, "old"])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, error, old):
    path = tmp_path / "file.txt"
    if old:
        path.write_text(old)

    def fail_half_way():
        with write_whole(path) as aside:
            aside.write_text("half")
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert list_files(tmp_path) == (["file.txt"] if old else [])
    assert not old or path.read_text() == old


def test_a_body_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(OutputError, match="No such file"), write_whole(tmp_path / "file.txt"):
        pass
    assert list_files(tmp_path) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_what_the_disk_refuses_is_explained_with_its_path(tmp_path, monkeypatch, code):
    """The flush is where a full disk often shows."""
    path = tmp_path / "file.txt"
    path.write_text("old")

    def refuse(_descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(whole_file.os, "fsync", refuse)
    with pytest.raises(OutputError) as caught:
        write_text_whole(path, "new")
    assert str(caught.value).startswith(f"Cannot write {path}: {os.strerror(code)}. ")
    assert path.read_text() == "old"
    assert list_files(tmp_path) == ["file.txt"]


def test_an_error_of_many_lines_is_told_in_one(tmp_path):
    """HDF5's messages are paragraphs."""
    with pytest.raises(OutputError) as caught, write_whole(tmp_path / "model.h5"):
        raise OSError("file write failed:\n   time = now\n")
    assert "file write failed: time = now. Free" in str(caught.value)


@pytest.mark.parametrize("name", ["file/inside.txt", "folder", "x" * 300])
def test_an_impossible_place_is_an_output_error(tmp_path, name):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        write_text_whole(tmp_path / name, "x")
    assert list_files(tmp_path) == ["file", "folder"]


def test_file_and_folder_are_flushed_in_this_order(tmp_path, monkeypatch):
    """The content before the name, and the name before we say that it is done."""
    events = []
    fsync, replace = os.fsync, Path.replace

    def watch_fsync(descriptor):
        events.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content")
        fsync(descriptor)

    def watch_replace(self, target):
        events.append("rename")
        return replace(self, target)

    monkeypatch.setattr(whole_file.os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "replace", watch_replace)
    write_text_whole(tmp_path / "file.txt", "x")
    assert events == ["content", "rename", "folder"]


def test_a_process_killed_half_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    program = (
        "import os, signal, sys; from pathlib import Path; from lstm_cli.whole_file import write_whole\n"
        "with write_whole(Path(sys.argv[1])) as aside:\n"
        "    aside.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert done.returncode == -9
    assert path.read_text() == "old"


def test_readers_never_see_half_and_writers_never_meet(tmp_path):
    """Several threads write texts of one letter each while the main one reads."""
    path = tmp_path / "file.txt"
    write_text_whole(path, "a" * 50_000)
    threads = [
        threading.Thread(target=lambda letter=letter: [write_text_whole(path, letter * 50_000) for _ in range(10)])
        for letter in "bcd"
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        text = path.read_text()
        assert len(text) == 50_000
        assert len(set(text)) == 1
    for thread in threads:
        thread.join()
    assert list_files(tmp_path) == ["file.txt"]


def test_the_file_before_is_kept_where_it_is_asked_for_and_only_once_the_new_one_is_on_disk(tmp_path, monkeypatch):
    path, previous = tmp_path / "file.txt", tmp_path / "before.txt"
    for text in ("one", "two"):
        with write_whole(path, previous=previous) as aside:
            aside.write_text(text)
    assert (path.read_text(), previous.read_text()) == ("two", "one")

    def refuse(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(whole_file.os, "fsync", refuse)
    with pytest.raises(OutputError), write_whole(path, previous=previous) as aside:
        aside.write_text("three")
    assert (path.read_text(), previous.read_text()) == ("two", "one")


def test_what_a_killed_writer_left_is_known_by_its_name(tmp_path):
    path = tmp_path / "history.json"
    with write_whole(path) as aside:
        assert is_aside(aside, of=path)
        aside.write_text("")
    for name in (
        "history.json",
        ".history.json",
        ".history-123.json",
        ".history-0123456g.json",
        ".run-01234567.json",
    ):
        assert not is_aside(tmp_path / name, of=path)
    assert not is_aside(tmp_path / "folder" / ".history-01234567.json", of=path)
