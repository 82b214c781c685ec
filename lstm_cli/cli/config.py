"""`lstm-config`: the configurations, listed, printed, checked and described."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from lstm_cli.cli.command import Command, Group, Output, common_options, format_examples


@click.group(cls=Group, epilog=format_examples("lstm-config ls", "lstm-config validate my-model.yaml"))
@common_options
@click.pass_context
def config(context: click.Context, quiet: bool, verbose: bool, as_json: bool) -> None:
    """List, print and check configurations."""
    context.obj = Output(quiet, verbose, as_json)


def _join_output(context: click.Context, *, quiet: bool, verbose: bool, as_json: bool) -> Output:
    """Return the output that the options before and after the subcommand's name ask for together."""
    group: Output = context.obj
    return Output(quiet or group.quiet, verbose or group.verbose, as_json or group.json)


@config.command(cls=Command, epilog=format_examples("lstm-config ls", "lstm-config ls --json"))
@common_options
@click.pass_context
def ls(context: click.Context, quiet: bool, verbose: bool, as_json: bool) -> None:
    """List the named configurations."""
    from lstm_cli.config import describe_named_config, list_config_names

    output = _join_output(context, quiet=quiet, verbose=verbose, as_json=as_json)
    descriptions = {name: describe_named_config(name) for name in list_config_names()}
    width = max(map(len, descriptions), default=0)
    for name, description in descriptions.items():
        output.print_result(f"{name:<{width}}  {description}")
    output.print_document(descriptions)


@config.command(
    cls=Command, epilog=format_examples("lstm-config show gru", "lstm-config show gru > my-model.yaml")
)
@click.argument("name")
@common_options
@click.pass_context
def show(context: click.Context, name: str, quiet: bool, verbose: bool, as_json: bool) -> None:
    """Print a named configuration as it is written, to be changed."""
    from lstm_cli.config import find_named_config, load_config

    output = _join_output(context, quiet=quiet, verbose=verbose, as_json=as_json)
    path = find_named_config(name)
    output.print_result(path.read_text(encoding="utf-8").rstrip())
    output.print_document(load_config(path).model_dump(mode="json"))


@config.command(
    cls=Command,
    epilog=format_examples("lstm-config validate my-model.yaml", "lstm-config validate configs/*.yaml"),
)
@click.argument("files", metavar="FILE …", nargs=-1, required=True, type=click.Path(path_type=Path))
@common_options
@click.pass_context
def validate(context: click.Context, files: Sequence[Path], quiet: bool, verbose: bool, as_json: bool) -> None:
    """Check configuration files; all problems of all files are listed."""
    from lstm_cli.config import load_config
    from lstm_cli.errors import ConfigError

    output = _join_output(context, quiet=quiet, verbose=verbose, as_json=as_json)
    problems: dict[str, str | None] = {}
    for path in files:
        try:
            load_config(path)
        except ConfigError as error:
            problems[str(path)] = str(error)
        else:
            problems[str(path)] = None
            output.print_result(f"{path}: valid")
    output.print_document(problems)
    broken = [problem for problem in problems.values() if problem]
    if broken:
        raise ConfigError("\n".join(broken))


@config.command(
    cls=Command, epilog=format_examples("lstm-config schema", "lstm-config schema > lstm-cli.schema.json")
)
@common_options
@click.pass_context
def schema(context: click.Context, quiet: bool, verbose: bool, as_json: bool) -> None:
    """Print configurations' JSON Schema, for editors.

    An editor that checks YAML by it completes keys and underlines what is wrong.
    """
    from lstm_cli.config import Config

    output = _join_output(context, quiet=quiet, verbose=verbose, as_json=as_json)
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    output.print_result(json.dumps(document, indent=2))
    output.print_document(document)
