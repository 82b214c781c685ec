"""What is wrong with a configuration, in the words of the person who wrote it."""

from __future__ import annotations

import re
import reprlib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lstm_cli.config.schema import Config
from lstm_cli.config.section import UNION_TAG, Section
from lstm_cli.errors import suggest_nearest

Location = Sequence[int | str]

# Messages show only the beginning of a value that came, without unfolding what YAML's aliases fold up.
_LONGEST_VALUE = 60
_MOST_SUGGESTED = 2
_MISTYPED = 0.8  # is as like as a slip of the fingers leaves a key
_values = reprlib.Repr()
_values.maxlevel = 3
_values.maxstring = _values.maxlong = _values.maxother = _LONGEST_VALUE


def describe_problems(error: ValidationError, *, root: type[Section] = Config) -> list[str]:
    """Return one line for each problem: its path, what was expected, what came, the nearest valid name.

    Args:
        error: of a validation by `root`.
        root: the outermost section.
    """
    details = error.errors(include_url=False)
    broken = [tuple(detail["loc"]) for detail in details]
    lines = []
    for detail in details:
        location = tuple(detail["loc"])
        # A list whose every item is broken counts as too short as well: the items' own lines say it all.
        if detail["type"] == "too_short" and any(
            other != location and other[: len(location)] == location for other in broken
        ):
            continue
        lines.append(_describe(detail, root=root))
    return lines


def format_path(keys: Location) -> str:
    """Return `("model", "recurrent", 0, "units")` as `model.recurrent[0].units`."""
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
    return path


def is_index(key: str) -> bool:
    """Return whether a key of a path is an item's place in a list: a number that a list can have."""
    return key.isascii() and key.isdecimal() and len(key) < 10


def find_unknown_key(keys: Sequence[str]) -> str:
    """Return what is wrong with the first key of a path that no configuration has; empty if there is none.

    Args:
        keys: of a path, the indices of lists among them.
    """
    found: list[type[Section]] = [Config]
    for position, key in enumerate(keys):
        if is_index(key):
            continue
        fields = {name: field for section in found for name, field in section.model_fields.items()}
        if key not in fields:
            path = [int(part) if is_index(part) else part for part in keys[: position + 1]]
            return f"{format_path(path)}: unknown key.{_suggest_key(path, valid=sorted(fields), root=Config)}"
        owners = [section for section in found if key in section.model_fields]
        found = [inner for owner in owners for inner in _iter_sections(owner.model_fields[key].annotation)]
    return ""


def show_value(value: object) -> str:
    """Return any value as a message can bear it: short, on one line, without unfolding what is folded up."""
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST_VALUE:
        return "an integer of very many digits"  # longer ones than Python is willing to print
    text = " ".join(_values.repr(value).splitlines())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def explain_name(stem: str) -> str:
    """Return what to do about a file whose name cannot name what is in it."""
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", letters).strip("-._")[:64] or "mine"
    return f"That is the file's name; write another into it, name: {name}, or give -s name={name}."


def shorten(text: str) -> str:
    """Return the beginning of what the user wrote, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else f"{line[:_LONGEST_VALUE]}…"


def _describe(detail: ErrorDetails, *, root: type[Section]) -> str:
    path, owners, found = _follow(tuple(detail["loc"]), root=root, ends_in_key=detail["type"] == "extra_forbidden")
    name = format_path(path) or "the configuration"
    came = show_value(detail["input"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            valid = sorted({field for section in owners for field in section.model_fields})
            problem = f"unknown key.{_suggest_key(path, valid=valid, root=root)}"
        case "missing":
            problem = "missing, and it has no default"
        case "union_tag_not_found" | "union_tag_invalid":
            valid = [tag for section in found for tag in _read_tags(section)]
            name += "." + context["discriminator"].strip("'")
            tag = context.get("tag")
            got = f"got {tag!r}.{suggest_nearest(tag, valid)}" if tag else "it is missing"
            problem = f"expected one of {', '.join(valid)}; {got}"
        case "literal_error":
            valid = re.findall(r"'([^']*)'", context["expected"])
            hint = suggest_nearest(detail["input"], valid) if isinstance(detail["input"], str) else ""
            problem = f"expected {context['expected']}, got {came}.{hint}"
        case "value_error":
            problem = str(context["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            problem = f"expected a mapping of keys, got {came}"
        case "tuple_type":
            problem = f"expected a list, got {came}"
        case "string_pattern_mismatch":
            problem = f"expected text that matches {context['pattern']}, got {came}"
        case "string_too_short":
            problem = f"expected text, got {came}"
        case "invalid_key":
            problem = f"expected a key that is text, got {came}"
        case "too_short" | "too_long":
            bound = "at least 1 item" if detail["type"] == "too_short" else f"{context['max_length']} at most"
            problem = f"expected {bound}, got {context['actual_length']}"
        case _:
            expected = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            problem = f"expected {expected}, got {came}"
    return f"{name}: {problem}"


def _suggest_key(path: Location, *, valid: Sequence[str], root: type[Section]) -> str:
    """Return what an unknown key at the end of a path may mean: one nearly so named, or so named elsewhere."""
    key = str(path[-1])
    here = tuple(0 if isinstance(part, int) else part for part in path)
    elsewhere = [other for other in _list_paths(root).get(key, ()) if other != here]
    if elsewhere and not suggest_nearest(key, valid, likeness=_MISTYPED):
        named = " or ".join(repr(format_path(other)) for other in elsewhere[:_MOST_SUGGESTED])
        return f" Did you mean {named}?"
    return suggest_nearest(key, valid) or (f" Valid keys: {', '.join(valid)}." if valid else "")


@cache
def _list_paths(root: type[Section]) -> dict[str, list[tuple[int | str, ...]]]:
    """Return where the keys of each name stand, the outermost first; in lists, in the first item."""
    found: dict[tuple[int | str, ...], None] = {}

    def add(section: type[Section], path: tuple[int | str, ...]) -> None:
        for name, field in section.model_fields.items():
            here = (*path, name)
            found[here] = None
            inside = (*here, 0) if _is_list(field.annotation) else here
            for inner in _iter_sections(field.annotation):
                add(inner, inside)

    add(root, ())
    paths: dict[str, list[tuple[int | str, ...]]] = {}
    for path in sorted(found, key=len):
        paths.setdefault(str(path[-1]), []).append(path)
    return paths


def _is_list(annotation: Any) -> bool:  # noqa: ANN401 - any type annotation
    return get_origin(annotation) in {list, tuple} or any(map(_is_list, get_args(annotation)))


def _follow(
    location: Location, *, root: type[Section], ends_in_key: bool
) -> tuple[list[int | str], list[type[Section]], list[type[Section]]]:
    """Follow a location of pydantic's through the schema.

    Pydantic also names the kind chosen in a union (`recurrent, 0, lstm, units`); the user does not.

    Args:
        location: as pydantic has it.
        root: the outermost section.
        ends_in_key: whether its end is a key that the user wrote, whatever it looks like.

    Returns:
        The path as the user wrote it, the sections that may own its last key, and those that may stand there.
    """
    path: list[int | str] = []
    owners: list[type[Section]] = []
    found: list[type[Section]] = [root]
    for place, key in enumerate(location, start=1):
        is_written = ends_in_key and place == len(location)
        if isinstance(key, str) and key.startswith(UNION_TAG) and not is_written:
            continue
        chosen = [section for section in found if key in _read_tags(section)]
        if chosen and not is_written:
            found = chosen
            continue
        path.append(key)
        if isinstance(key, str):
            owners = found
            fields = (section.model_fields.get(key) for section in owners)
            found = [inner for field in fields if field for inner in _iter_sections(field.annotation)]
    return path, owners, found


def _read_tags(section: type[Section]) -> list[str]:
    """Return the values of a section's discriminating key (`cell` of a layer, `name` of an optimiser)."""
    for key in ("cell", "name"):
        field = section.model_fields.get(key)
        if field is not None and field.is_required():
            return [str(tag) for tag in get_args(field.annotation)]
    return []


def _iter_sections(annotation: Any) -> Iterator[type[Section]]:  # noqa: ANN401 - any type annotation
    """Yield the section classes that stand anywhere in a type annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from _iter_sections(inner)
