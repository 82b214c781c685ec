"""What a command shows: text made fit for a terminal, on streams whose loss does not end the command."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import select
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

# Terminals obey the control characters of ASCII and of Latin-1; a surrogate is half a character, or a file name's
# byte that is no UTF-8; marks of direction change the order in which all around them is read.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_LINE_ENDS = "\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_REPLACEMENTS: dict[int, str | None] = {
    **dict.fromkeys(_CONTROLS, "�"),
    **dict.fromkeys(map(ord, _LINE_ENDS), " "),
    **dict.fromkeys(_DIRECTIONS, None),
}
for _harmless in "\t\n":
    del _REPLACEMENTS[ord(_harmless)]


def show_text(text: str) -> str:
    """Return text from anywhere with nothing in it that a terminal obeys; its lines and tabs stay."""
    return text.translate(_REPLACEMENTS)


def measure_text(text: str) -> int:
    """Return how many cells of a terminal a text takes: a Chinese letter two, a mark on a letter none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def pad_text(text: str, *, width: int) -> str:
    """Return a text with spaces behind it, to so many cells of a terminal."""
    return text + " " * (width - measure_text(text))


def format_document(document: Mapping[str, Any]) -> str:
    """Return a document as JSON that stdout can show: where it lacks a character, by JSON's own escapes."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if show_text(text) == text.encode(encoding, "replace").decode(encoding, "replace"):
        return text
    return json.dumps(document, indent=2)


def build_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Build a console for tables and bars that takes every text for text: no markup, no `:emoji:`, no escapes.

    Args:
        stderr: for progress; results go to stdout.
        soft_wrap: lines are the terminal's to wrap.
    """
    from rich.console import Console
    from rich.text import Text

    class PlainConsole(Console):
        def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - rich's options
            return super().render_str(show_text(text), **options)

    stream = sys.stderr if stderr else sys.stdout
    # The console's own escapes, colours and the like, go to the stream as they are.
    file = stream.unchanged if isinstance(stream, _ShownStream) else stream
    return PlainConsole(
        file=cast("TextIO", file),
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=soft_wrap,
        force_jupyter=False,  # lines on stderr, as any other program's
    )


class _SteadyStream(io.TextIOBase):
    """A standard stream that takes all that is written, and keeps in mind why some of it did not get through.

    A terminal may be closed, a disk full, a pipe without a reader: the work goes on. What the stream's encoding
    lacks becomes a question mark.

    Args:
        stream: a standard stream with bytes below it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._raw: Any = getattr(stream.buffer, "raw", stream.buffer)
        self._encoding = stream.encoding
        self._encoder = codecs.getincrementalencoder(stream.encoding)("replace")
        self.began_as_terminal = self.isatty()  # one that was closed is none any more
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has an attribute, which io's own classes compute
        """The name of the encoding."""
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]  # as above
        """What becomes of characters that the encoding lacks."""
        return "replace"

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return bool(self._raw.isatty())

    def write(self, text: str) -> int:
        """Write text as it is."""
        data = memoryview(self._encoder.encode(text.replace("\n", os.linesep)))
        try:
            while data:
                written = self._raw.write(data)
                if written is None:  # whoever shares the stream has made it one that does not wait
                    select.select([], [self._raw], [])
                else:
                    data = data[written:]
            self._raw.flush()
        except OSError as error:
            self.error = self.error or error
        return len(text)


class _ShownStream(_SteadyStream):
    """A steady stream on which text is made fit to show.

    Args:
        unchanged: the same stream for what must come through as it is.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.unchanged = _SteadyStream(stream)

    @property
    def loss(self) -> OSError | None:
        """Why something written here did not get through."""
        return self.error or self.unchanged.error

    def write(self, text: str) -> int:
        """Write what of a text can be shown."""
        super().write(show_text(text))
        return len(text)


@contextmanager
def steady_streams() -> Iterator[None]:
    """Have stdout and stderr take everything while the body runs; whoever writes there is never stopped by it.

    Raises:
        SystemExit: the body's own, with 1 in place of 0 where a result could not be written. A reader who has gone
            (`| head`, a terminal that was closed) is no failure.
    """
    _open_missing()
    before = sys.stdout, sys.stderr
    streams = [_ShownStream(stream) for stream in before if hasattr(stream, "buffer")]
    if len(streams) < len(before):  # a notebook's, which writes no bytes
        yield
        return
    for stream in before:
        stream.flush()
    results, notices = sys.stdout, sys.stderr = streams
    try:
        yield
    except SystemExit as end:
        if notices.loss:
            notices.write(f"Not all that belongs here could be written: {_describe(notices.loss)}.\n")
        if results.loss is None or results.loss.errno == errno.EPIPE or results.began_as_terminal:
            raise
        notices.write(f"Error: Cannot write the result to standard output: {_describe(results.loss)}.\n")
        raise SystemExit(end.code or 1) from None
    finally:
        sys.stdout, sys.stderr = before


def _describe(error: OSError) -> str:
    return error.strerror or str(error)


def _open_missing() -> None:
    """Open the null device for each standard stream that was closed, lest a file takes its descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - for the process' whole life
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
