"""An option that takes some of known names."""

from __future__ import annotations

from collections.abc import Callable, Collection

import click

from lstm_cli.errors import suggest_nearest


def build_name_reader(names: Collection[str]) -> Callable[..., tuple[str, ...] | None]:
    """Build the reader of an option that takes some of these names, between commas."""

    def read_names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...] | None:
        chosen = None if value is None else tuple(value.split(","))
        for name in chosen or ():
            if name not in names:
                hint = suggest_nearest(name, names)
                raise click.BadParameter(f"{name!r} is none of {', '.join(names)}.{hint}")
        return chosen

    return read_names
