"""The layers of a Keras model's description, one behind the other, whatever graph they are written as.

A functional model may branch in the two ways in which ours do (`models/builder.py`): its padding is skipped by a
mask that is made of the tokens, and several poolings stand side by side. All else that branches is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lstm_cli.config import show_value
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.shapes import NEVER_THE_MAXIMUM

_TAKE_MASKS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "GlobalAveragePooling1D")
_POOLINGS = ("GlobalMaxPooling1D", "GlobalAveragePooling1D")
_BRANCHES = "Expected a model whose layers form one chain; this one branches."
_MASKS = ("mask", "embedded mask")
# What stands beside the chain: a layer's kind, what its configuration says, what it reads, what it is there for.
_BESIDE: Sequence[tuple[str, Mapping[str, object], list[str], str]] = (
    ("Rescaling", {"scale": 1, "offset": 0}, ["tokens"], "numbers"),
    ("ReLU", {"max_value": 1, "negative_slope": 0, "threshold": 0}, ["numbers"], "mask"),
    ("Rescaling", {"scale": -NEVER_THE_MAXIMUM, "offset": NEVER_THE_MAXIMUM}, ["mask"], "padding"),
    ("Reshape", {"target_shape": [-1, 1]}, ["padding"], "steps of padding"),
    ("Add", {}, ["head", "steps of padding"], "without padding"),
)


@dataclass(frozen=True)
class Chain:
    """A model's layers.

    Attributes:
        layers: their descriptions, in order; poolings that stand side by side follow one another.
        skips_padding: whether all of them skip padding by a mask that is an input of theirs.
        pools_side_by_side: whether there may be several poolings.
    """

    layers: list[Any]
    skips_padding: bool = False
    pools_side_by_side: bool = False


def read_chain(description: Mapping[str, Any]) -> Chain:
    """Return the layers of a model's description.

    Raises:
        ModelFileError: it is no Sequential or functional model, or branches in another way than above.
    """
    class_name = description.get("class_name")
    config = description.get("config")
    layers = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    known = class_name in ("Sequential", "Functional", "Model") and _is_of_keras(description)
    if (
        not known
        or description.get("registered_name", class_name) not in (None, class_name)
        or not isinstance(layers, list)
        or not all(isinstance(layer, dict) for layer in layers)
    ):
        raise ModelFileError(f"Expected a Sequential or Functional Keras model, got {show_value(class_name)}.")
    return Chain(layers) if class_name == "Sequential" else _walk(layers)


def read_layer(layer: object) -> tuple[str, dict[str, Any]]:
    """Return a layer's class and its configuration.

    Raises:
        ModelFileError: it is no layer of Keras' own.
    """
    if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
        raise ModelFileError("Expected every layer's description to be a mapping with a config.")
    if layer.get("registered_name") or not _is_of_keras(layer):
        raise ModelFileError(
            f"Expected Keras' own layers, got {show_value(layer.get('class_name'))} of other code."
        )
    return str(layer.get("class_name")), layer["config"]


def _is_of_keras(layer: Mapping[str, Any]) -> bool:
    return str(layer.get("module") or "keras").partition(".")[0] in ("keras", "tf_keras")


@dataclass
class _Walk:
    """What has been met of a functional model's layers, in the order in which Keras lists them.

    Attributes:
        chain: the layers that make up the model.
        head: the last of them, by its name.
        poolings: those that wait for what reads them, by their names.
        roles: what other layers are there for, by their names.
        masked: of each layer that could take a mask, whether it does.
        pools_side_by_side: whether several poolings did wait.
    """

    chain: list[Any] = field(default_factory=list)
    head: str | None = None
    poolings: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    masked: list[bool] = field(default_factory=list)
    pools_side_by_side: bool = False

    def go_on(self, layer: dict[str, Any], *, name: str, sources: list[str]) -> None:
        """Read the next layer, which reads the outputs of `sources`."""
        role = self._find_role(layer, sources)
        if role:
            self.roles[name] = role
            return
        class_name = layer.get("class_name")
        roles = [self.roles.get(source) for source in sources]
        read = [source for source, role in zip(sources, roles, strict=True) if role not in _MASKS]
        if class_name in _TAKE_MASKS or class_name == "GlobalMaxPooling1D":
            self.masked.append("mask" in roles or "without padding" in roles)
        if class_name in _POOLINGS and (read == [self.head] or roles == ["without padding"]):
            self.poolings[name] = layer
            return
        if self._join_poolings(layer, read):
            self.head = name
            return
        if class_name == "InputLayer" and self.head is not None:
            raise ModelFileError(
                f"Expected a model that reads tokens alone; this one reads {show_value(name)} too."
            )
        if read != ([] if self.head is None else [self.head]):
            raise ModelFileError(_BRANCHES)
        if class_name in ("InputLayer", "TextVectorization"):
            self.roles[name] = "tokens"
        self.chain.append(layer)
        self.head = name

    def finish(self) -> Chain:
        """Return the chain."""
        configs = [layer.get("config") for layer in self.chain if layer.get("class_name") == "Embedding"]
        embedded = [isinstance(config, dict) and config.get("mask_zero") is True for config in configs]
        if ("embedded mask" in self.roles.values() and not all(embedded)) or (any(self.masked) and any(embedded)):
            raise ModelFileError(
                "Expected masks that come from Embedding(mask_zero=True); this model has its own."
            )
        if any(self.masked) and not all(self.masked):
            raise ModelFileError("Expected all layers to skip the padding or none; in this model some do.")
        return Chain(self.chain, any(self.masked), self.pools_side_by_side)

    def _find_role(self, layer: Mapping[str, Any], sources: list[str]) -> str:
        """Return what a layer beside the chain is there for; nothing for one that is in it."""
        if _is_padding_mask(layer) and [self.roles.get(source) for source in sources] == ["tokens"]:
            return "embedded mask"
        config = layer.get("config")
        if not isinstance(config, dict) or layer.get("registered_name"):
            return ""
        found = [self.roles.get(source, "head" if source == self.head else "") for source in sources]
        for class_name, settings, roles, role in _BESIDE:
            is_alike = all(config.get(key) == value for key, value in settings.items())
            if layer.get("class_name") == class_name and is_alike and found == roles:
                return role
        return ""

    def _join_poolings(self, layer: Mapping[str, Any], read: list[str]) -> bool:
        """Put the poolings that wait into the chain; return whether the layer does nothing but to join them."""
        names = [*self.poolings]
        if len(names) > 1:
            config = layer.get("config")
            axis = config.get("axis", -1) if isinstance(config, dict) else None
            if layer.get("class_name") != "Concatenate" or axis not in (-1, 1) or sorted(read) != sorted(names):
                raise ModelFileError(_BRANCHES)
            self.pools_side_by_side = True
            names = read
        self.chain += [self.poolings.pop(name) for name in names]
        self.head = names[0] if names else self.head
        return len(names) > 1


def _walk(layers: list[dict[str, Any]]) -> Chain:
    names = {str(layer.get("name")) for layer in layers}
    walk = _Walk()
    for layer in layers:
        sources = [text for text in _iter_strings(layer.get("inbound_nodes", [])) if text in names]
        walk.go_on(layer, name=str(layer.get("name")), sources=[*dict.fromkeys(sources)])
    return walk.finish()


def _is_padding_mask(layer: Mapping[str, Any]) -> bool:
    """Return whether a layer is how Keras 3 writes `mask_zero` out: it compares something with 0.

    The layers behind the embedding are given its result as their mask. Building the model anew does so by itself.
    """
    match layer:
        case {"class_name": "NotEqual", "inbound_nodes": [{"args": [{"config": {"keras_history": _}}, 0]}]}:
            return True
    return False


def _iter_strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in _iter_strings(item)] if isinstance(value, list) else []
