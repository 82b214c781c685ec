"""`lstm-train`: from a configuration and reviews to a run folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples, threads_option
from lstm_cli.cli.effective_configs import load_effective_configs
from lstm_cli.cli.reading import PART_OPTIONS, describe_counts, format_setting, reading_options, split_options
from lstm_cli.cli.standard_input import take_for_configs
from lstm_cli.cli.workers import find_cluster, workers_options

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.distributed.cluster import Cluster


@click.command(
    cls=Command,
    context_settings={"allow_extra_args": True},  # to say what they may be
    epilog=format_examples(
        "lstm-train -d reviews.csv",
        "lstm-train --model gru",
        "lstm-train -m stacked-lstm -d reviews.csv -s data.num_words=5000 -o runs/mine",
        "lstm-train -m lstm -m gru --seeds 5 -o runs/compared",
        "lstm-train -m gru -d reviews.csv --folds 5 -o runs/folds",
        "lstm-train -d reviews.csv --ensemble 5 -o runs/five",
        "lstm-train -m gru -d - -o runs/piped < reviews.csv",
        "lstm-train --from runs/gru/best-gru-model.h5 -d newer.csv",
        "lstm-train --resume runs/gru --epochs 200",
    ),
)
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="A configuration by name; lstm-config ls lists them. Several are trained one after the other.  "
    "[default: ngram-lstm]",
)
@click.option("-c", "--config", "config_file", type=click.Path(path_type=Path), help="A configuration's file.")
@click.option(
    "--from",
    "initial_model",
    type=click.Path(path_type=Path),
    metavar="MODEL.h5",
    help="Go on with this model's configuration, words, classes and weights, on other reviews.",
)
@click.option("-s", "--set", "overrides", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting.")
@click.option(
    "-d", "--data", multiple=True, metavar="NAME|PATH", help="The reviews: data.dataset. Several are joined."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The run's folder.  [default: runs/NAME, runs/NAME-2, …]",
)
@click.option("--epochs", type=int, help="Most passes over the reviews: training.epochs.")
@click.option("--batch-size", type=int, help="Reviews a step: training.batch_size.")
@click.option(
    "--seed",
    "seeds",
    type=int,
    multiple=True,
    help="Of weights, order and dropout: training.seed. Several make a run each.",
)
@click.option("--seeds", "seed_count", type=click.IntRange(min=1), metavar="N", help="A run for each of N seeds.")
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help="Cross-validation: K runs, each fold the test part of one.",
)
@click.option(
    "--ensemble",
    type=click.IntRange(min=2, max=100),
    metavar="K",
    help="One model that averages K members, each of a seed of its own.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Go on where this run, or these several, stopped.",
)
@click.option(
    "--baseline", is_flag=True, help="Also say how good a regression on n-grams is; ngram-lstm says it anyway."
)
@click.option("-f", "--force", is_flag=True, help="Train in an --output that holds a run already, anew.")
@click.option("--dry-run", is_flag=True, help="Describe the data and the model; train nothing.")
@click.option("--print-config", is_flag=True, help="Print the effective configuration; train nothing.")
@split_options
@reading_options
@threads_option
@workers_options
@common_options
def train(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Train a recurrent sentiment classifier.

    Writes the best model (.h5), the history, the loss curves and the effective configuration into a folder. With
    --quiet it prints the model's path alone.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    _refuse_words(click.get_current_context().args)
    cluster = find_cluster(options)
    if options["resume"] is not None:
        _resume(options, cluster, output)
        return
    if options["force"] and options["output"] is None:
        raise click.UsageError("--force is of a folder that holds a run already: name it with --output.")
    configs = load_effective_configs(options)
    if len(configs) > 1 and (options["print_config"] or options["dry_run"]):
        option = "--print-config" if options["print_config"] else "--dry-run"
        raise click.UsageError(
            f"{option} is of one run: name one model and one seed; of folds one: -s data.folds=5 -s data.fold=1."
        )
    if options["print_config"]:
        from lstm_cli.config import format_config

        output.print_result(format_config(configs[0]).rstrip())
        output.print_document(configs[0].model_dump(mode="json"))
        return
    if configs[0].data.reads_standard_input and (cluster or options["local_workers"]):
        raise click.UsageError(
            "Each worker reads the data, and standard input is one command's: write it to a file, and name that."
        )
    configs, kept = take_for_configs(configs, output)
    if options["dry_run"]:
        _describe(configs[0], output)
    elif (len(configs) > 1 or configs[0].members > 1) and (cluster or options["local_workers"]):
        raise click.UsageError(
            "Several workers train one run: name one model, one seed and no ensemble, or leave the workers out."
        )
    elif options["local_workers"]:
        from lstm_cli.cli.local_workers import run_local_workers

        _learn_ngrams(configs[0], output)
        run_local_workers(options["local_workers"], threads=options["threads"])
    else:
        _train(configs, options, cluster, output, kept=kept)


def _refuse_words(words: Sequence[str]) -> None:
    """Tell who gives something without its option which one it may be."""
    if not words:
        return
    from lstm_cli.config import list_config_names

    word = words[0]
    if word.casefold() in list_config_names():
        hint = f"The model is named with --model {word.casefold()}."
    elif Path(word).suffix in {".yaml", ".yml"}:
        hint = f"A configuration's file is given with --config {shlex.quote(word)}."
    else:
        hint = "A model is named with --model, a configuration's file with --config, reviews with --data."
    raise click.UsageError(f"Got unexpected extra argument ({word}). {hint}")


def _describe(config: Config, output: Output) -> None:
    """Print what would be trained, without starting TensorFlow."""
    from lstm_cli.cli.beginnings import describe_parameters
    from lstm_cli.cli.trainings import TrainingDisplay
    from lstm_cli.data.encoding import count_classes
    from lstm_cli.modelfile.shapes import count_parameters, iter_layer_shapes, measure_model

    # The n-grams are learnt for the training alone, unless what they are is all that the language is asked for.
    data = config.data.model_copy(update={"ngrams": None})
    is_told = config.training.initial_model is None and data.is_settled == config.data.is_settled
    read = config.model_copy(update={"data": data}) if is_told else config
    session = TrainingDisplay(output).open_session(threads=None)
    dataset = session.read(read)
    config = session.prepare(config, dataset).config
    sizes = measure_model(config, classes=dataset.classes)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    layers = {
        name: {"shapes": [list(shape) for shape in shapes]}
        for name, shapes in iter_layer_shapes(config.model, sizes=sizes)
    }
    parameters = count_parameters(config.model, sizes=sizes)
    document = {
        "dataset": dataset.name,
        "fingerprint": dataset.fingerprint,
        "words": len(dataset.encoder.vocabulary.words),
        "splits": {
            name: {
                "reviews": len(split),
                "classes": count_classes(split, dataset.classes),
                "unknown_rate": float(split.unknown_share.mean()) if len(split) else 0.0,
                "truncation_rate": float(split.truncated.mean()) if len(split) else 0.0,
            }
            for name, split in splits.items()
        },
        "layers": layers,
        "parameters": config.members * parameters.trainable,
        "non_trainable_parameters": config.members * parameters.non_trainable,
    }
    output.print_result(f"Data {dataset.name}: {len(dataset.encoder.vocabulary.words):,} words known")
    for name, facts in document["splits"].items():  # type: ignore[attr-defined]  # the mapping just above
        output.print_result(
            f"  {name:<11}{facts['reviews']:>7,} reviews, {facts['unknown_rate']:6.1%} of words unknown,"
            f" {facts['truncation_rate']:6.1%} cut"
        )
        output.print_result(f"{'':13}{describe_counts(facts['classes'])}")
    counted = describe_parameters(parameters, models=config.members)
    members = f" in {config.members} members" if config.members > 1 else ""
    output.print_result(f"Model {config.name}: {counted}{members}; each layer's weights:")
    for name, layer in layers.items():
        output.print_result(f"  {name:<15}{'  '.join(' x '.join(map(str, shape)) for shape in layer['shapes'])}")
    output.print_document(document)


def _learn_ngrams(config: Config, output: Output) -> None:
    """Learn what n-grams say, where it is not known yet, once for all workers and where the user sees it."""
    if config.data.ngrams is None or config.training.initial_model is not None:
        return
    from lstm_cli.cli.progress import show_ngrams
    from lstm_cli.data.dataset import load_dataset

    load_dataset(config.data, listener=show_ngrams(output))


def _train(
    configs: Sequence[Config],
    options: dict[str, Any],
    cluster: Cluster | None,
    output: Output,
    *,
    kept: Path | None,
) -> None:
    from lstm_cli.cli.trainings import TrainingDisplay, tell_assistance, tell_run, tell_runs
    from lstm_cli.sessions.several import plan_runs, train_runs

    display = click.get_current_context().with_resource(TrainingDisplay(output))
    session = display.open_session(threads=options["threads"], cluster=cluster, with_baseline=options["baseline"])
    place, force = options["output"], options["force"]
    if len(configs) > 1:
        parent, paths = plan_runs(configs, parent=place, force=force, session=session, kept=kept)
        tell_runs(train_runs(paths, session=session), parent=parent, display=display)
    elif cluster and not cluster.is_chief:
        tell_assistance(session.assist(configs[0]), task=cluster.task, display=display)
    else:
        tell_run(session.begin(configs[0], output=place, force=force, kept=kept), display=display)


def _list_changes(options: dict[str, Any]) -> list[str]:
    """Return what --resume may change of a run's settings: how far it goes, and where the same files now lie."""
    from lstm_cli.config import STANDARD_INPUT
    from lstm_cli.data.sources import locate_path

    if STANDARD_INPUT in options["data"]:
        raise click.UsageError("--resume names files: a run keeps what came on standard input as its data.jsonl.")
    changes = [] if options["epochs"] is None else [f"training.epochs={options['epochs']}"]
    if options["data"]:
        changes.append(format_setting("data.dataset", list(map(locate_path, options["data"]))))
    moved = {f"data.{part}": options[part] for part in PART_OPTIONS if options[part] is not None}
    if options["initial_model"] is not None:
        moved["training.initial_model"] = str(options["initial_model"])
    return changes + [format_setting(path, locate_path(place)) for path, place in moved.items()]


def _resume(options: dict[str, Any], cluster: Cluster | None, output: Output) -> None:
    """Go on with a run, or with the several runs of one command."""
    from lstm_cli.cli.local_workers import run_local_workers
    from lstm_cli.cli.trainings import TrainingDisplay, tell_assistance, tell_run, tell_runs
    from lstm_cli.errors import suggest_sibling
    from lstm_cli.sessions.several import list_planned_runs, resume_runs

    allowed = {
        "resume",
        "data",
        *PART_OPTIONS,
        "initial_model",
        "epochs",
        "baseline",
        "threads",
        "workers",
        "task",
        "local_workers",
    }
    allowed |= {"quiet", "verbose", "as_json"}
    # By identity, because a seed of 0 equals False.
    refused = [
        key
        for key, value in options.items()
        if key not in allowed and value is not None and value != () and (value is not False or key == "header")
    ]
    if refused:
        spelled = {"models": "model", "config_file": "config", "overrides": "set"}
        spelled |= {"seeds": "seed", "seed_count": "seeds"}
        names = ", ".join("--" + spelled.get(key, key) for key in refused)
        raise click.UsageError(
            f"{names.replace('_', '-')} cannot be changed by --resume: it would be another run. "
            "Only --epochs can, and --data, --validation, --test and --from where the same files were moved."
        )
    path, threads = options["resume"], options["threads"]
    changes = _list_changes(options)
    several = not (path / "config.yaml").exists() and bool(list_planned_runs(path))
    if several and (cluster or options["local_workers"]):
        raise click.UsageError(f"{path} holds several runs, and workers go on with one: name its own folder.")
    display = click.get_current_context().with_resource(TrainingDisplay(output))
    session = display.open_session(threads=threads, cluster=cluster, with_baseline=options["baseline"])
    if cluster and not cluster.is_chief:  # who alone need see the folder
        tell_assistance(session.assist(None, changes=changes), task=cluster.task, display=display)
    elif not path.is_dir():
        where = f"is a file in {path.parent}." if path.exists() else f"is none.{suggest_sibling(path)}"
        raise click.UsageError(f"--resume expects a run's folder; {path} {where}")
    elif options["local_workers"]:
        run_local_workers(options["local_workers"], threads=threads)
    elif several:
        tell_runs(resume_runs(path, session=session, changes=changes), parent=path, display=display)
    else:
        tell_run(session.resume(path, changes=changes), display=display)
