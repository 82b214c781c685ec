"""Reads a model file with HDF5's library, in a process of its own that may be ended without harm.

Run by `content` as a script: nothing of ours is imported, so that it starts in a fifth of a second. The command
line names the file and, of weights that stand in a `.keras` file, their places in Keras' order. To stdout go
`READY`, then the length of a JSON index (8 bytes, little-endian), the index, and the arrays one after the other.
The index is `{"version": …, "arrays": [[name, dtype, shape, offset], …]}` with the texts, `|u1`, before the
weights, `<f4`; the offset is left at 0. Where only the weights are refused, they are left out and the index has a
`weights_problem`: what the texts say is judged first. Where the file is refused, it is `{"problem": "…"}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

READY = b"R"
CPU_SECONDS = 1.0
MEMORY = 896 * 2**20
MOST_WEIGHTS = 2_000

_GROUP = "lstm_cli"
_OF_ANY = ("config", "encoder", "vocabulary", "classes", "provenance", "seen_texts")
_OF_NGRAMS = ("ngrams", "ngram_tables")
_TEXTS: dict[object, tuple[str, ...]] = {  # by the format's version; of an ensemble n-grams may be missing
    1: ("config", "vocabulary", "provenance"),
    2: _OF_ANY,
    3: _OF_ANY + _OF_NGRAMS,
    4: _OF_ANY + _OF_NGRAMS,
}
_LARGEST_WEIGHTS = 512 * 2**20
_LARGEST_TEXT = 128 * 2**20
_LAYERS = ("layers", "_layer_checkpoint_dependencies")  # the latter in Keras 2.12 and 2.13


class _RefusedError(Exception):
    """The file is no model file as it should be."""


def main() -> None:
    """Read the file that the command line names."""
    _limit_process()
    write = sys.stdout.buffer.write
    write(READY)
    sys.stdout.buffer.flush()
    path, *places = sys.argv[1:]
    try:
        with h5py.File(path, "r") as file:
            version, texts = _read_texts(file) if not places else (None, {})
            found = _iter_listed_weights(file) if not places else _iter_placed_weights(file, places)
            weights, problem = _collect(found, largest=min(_LARGEST_WEIGHTS, Path(path).stat().st_size * 2))
            arrays: list[list[object]] = [[name, "|u1", [len(text)], 0] for name, text in texts.items()]
            arrays += [[weight.name, "<f4", list(weight.shape), 0] for weight in weights]
            index = {"version": version, "arrays": arrays}
            _write_index(index | {"weights_problem": problem} if problem else index)
            for text in texts.values():
                write(text)
            for weight in weights:
                with np.errstate(over="ignore"):  # whoever reads it refuses an infinity
                    write(np.ascontiguousarray(weight[()], dtype="<f4").data)
    except _RefusedError as error:
        _write_index({"problem": str(error)})
    except MemoryError:
        _write_index({"problem": "it asks for more memory than a model file needs."})
    # h5py reports damage with whichever of these the C library's error code maps to.
    except (OSError, LookupError, ValueError, TypeError, RuntimeError, RecursionError, ArithmeticError) as error:
        _write_index({"damage": str(error)})


def _limit_process() -> None:
    """Let the system end this process when it takes too long or too much, wherever it is; Unix only."""
    with suppress(ImportError, OSError, ValueError):  # Windows has none; macOS does not bound the memory
        import resource
        import signal

        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # pipes are not counted
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _write_index(index: dict[str, object]) -> None:
    encoded = json.dumps(index).encode()
    sys.stdout.buffer.write(len(encoded).to_bytes(8, "little") + encoded)


def _read_texts(file: h5py.File) -> tuple[object, dict[str, bytes]]:
    return _read_stored(file) if _GROUP in file else (None, _read_foreign(file))


def _read_stored(file: h5py.File) -> tuple[object, dict[str, bytes]]:
    group = _get_group(file, _GROUP)
    version = group.attrs.get("format_version")
    version = int(version) if isinstance(version, np.integer) else str(version)
    names = [name for name in _TEXTS.get(version, ()) if name not in _OF_NGRAMS or version == 3 or name in group]
    return version, {name: _read_text(_get_array(group, name)) for name in names}


def _read_foreign(file: h5py.File) -> dict[str, bytes]:
    description = file.attrs.get("model_config")
    if description is None:
        raise _RefusedError(
            "it holds no description of a model. Expected what lstm-train or Keras' model.save() wrote."
        )
    values = {"model_config": description, "keras_version": file.attrs.get("keras_version", "")}
    return {
        name: value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
        for name, value in values.items()
    }


def _read_text(data: h5py.Dataset) -> bytes:
    if data.dtype != np.uint8 or data.ndim != 1 or data.size > _LARGEST_TEXT:
        raise _RefusedError(f"{data.name}: expected text, got {data.dtype}{list(data.shape)}.")
    return bytes(data[()])


def _collect(found: Iterator[h5py.Dataset], *, largest: int) -> tuple[list[h5py.Dataset], str]:
    """Return the weights, or none of them and why they are refused."""
    try:
        weights = list(found)
    except _RefusedError as error:
        return [], str(error)
    if sum(weight.size * 4 for weight in weights) > largest:
        return [], "its weights are too large for a recurrent classifier."
    return weights, ""


def _iter_listed_weights(file: h5py.File) -> Iterator[h5py.Dataset]:
    """Yield the weights of an .h5 file in the order in which Keras lists them."""
    root = _get_group(file, "model_weights")
    count = 0
    for layer in _read_names(root, "layer_names"):
        group = _get_group(root, layer)
        for name in _read_names(group, "weight_names"):
            count += 1
            if count > MOST_WEIGHTS:
                raise _RefusedError(f"it holds more than {MOST_WEIGHTS} weight arrays.")
            yield _get_weight(group, name)


def _iter_placed_weights(file: h5py.File, places: Sequence[str]) -> Iterator[h5py.Dataset]:
    """Yield the weights at `places` among the layers of a .keras file, which lists none."""
    root = _get_group(file, next((name for name in _LAYERS if name in file), _LAYERS[0]))
    for place in places:
        yield _get_weight(root, place)


def _get_weight(parent: h5py.Group, name: str) -> h5py.Dataset:
    weight = _get_array(parent, name)
    if weight.dtype.kind != "f":
        raise _RefusedError(f"{weight.name}: expected floating-point weights, got {weight.dtype}.")
    return weight


def _read_names(group: h5py.Group, attribute: str) -> list[str]:
    if attribute not in group.attrs:
        raise _RefusedError(f"{group.name} lists no {attribute}.")
    return [name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs[attribute]]


def _get_group(parent: h5py.Group, name: str) -> h5py.Group:
    found = _follow_hard_links(parent, name)
    if not isinstance(found, h5py.Group):
        raise _RefusedError(f"{parent.name}: expected the group {name!r}.")
    return found


def _get_array(parent: h5py.Group, name: str) -> h5py.Dataset:
    found = _follow_hard_links(parent, name)
    # Data that lies in other files is not the model's own: it could be any file that the reader may read.
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual:
        raise _RefusedError(f"{parent.name}: expected the array {name!r} in the file itself.")
    # Where less is stored, a file of a few bytes could ask for all memory: HDF5 fills up what was never written.
    if found.chunks is not None or found.id.get_storage_size() != found.size * found.dtype.itemsize:
        raise _RefusedError(f"{parent.name}: expected the array {name!r} written out, not compressed.")
    return found


def _follow_hard_links(parent: h5py.Group, name: str) -> Any:  # noqa: ANN401 - whatever stands in the file
    """Return what stands at `name`, or None; links that lead elsewhere are not followed."""
    found: Any = parent
    for part in name.split("/"):
        if not isinstance(found, h5py.Group) or not isinstance(found.get(part, getlink=True), h5py.HardLink):
            return None
        found = found[part]
    return found


if __name__ == "__main__":
    main()
