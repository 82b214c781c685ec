"""What all workers must share is the chief's, and whoever differs is told."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from lstm_cli.config import Config
from lstm_cli.distributed.agreement import change_places
from lstm_cli.errors import ConfigError, DataError

pytestmark = pytest.mark.usefixtures("keras_started")


class _Connected:
    """What `Replicas` is to the agreement, on a worker that is told what the chief has."""

    def __init__(self, *contents: bytes) -> None:
        self._contents = list(contents)

    def broadcast(self, _content: bytes) -> bytes:
        return self._contents.pop(0)

    @property
    def is_silent(self) -> bool:
        """Whether the chief has told all."""
        return not self._contents


_READ = {"reviews": "abc", "vectors": "def", "initial model": None}


def _tell(config: Config, *, state: bytes = b"") -> _Connected:
    """Connect a worker to a chief that trains from these."""
    head = {"config": config.model_dump(mode="json"), "fingerprints": _READ}
    return _Connected(json.dumps(head).encode(), state)


def _share(connected, config: Config | None):
    """Return what a worker that begins with a configuration, or none, trains from."""
    from lstm_cli.distributed.agreement import Agreement, share_agreement

    return share_agreement(connected, Agreement(config, {"reviews": "of its own"}, b"its own") if config else None)


def test_a_worker_takes_the_chiefs_configuration_or_keeps_its_equal(tiny_config):
    chiefs, ours = tiny_config("/data/reviews.csv"), tiny_config("/elsewhere/reviews.csv")
    assert _share(_tell(chiefs), None).config == chiefs
    assert _share(_tell(chiefs), ours).config == ours


def test_the_chief_tells_the_others_what_it_has(tiny_config):
    class Chief:
        """What `Replicas` is to the agreement on the worker that the others listen to."""

        def __init__(self) -> None:
            self.told: list[bytes] = []

        def broadcast(self, content: bytes) -> bytes:
            self.told.append(content)
            return content

    chief, config = Chief(), tiny_config("/data/reviews.csv")
    agreement = _share(chief, config)
    assert (agreement.config, agreement.state) == (config, b"its own")
    assert agreement.fingerprints == {"reviews": "of its own"}
    assert _share(_Connected(*chief.told), None) == agreement


def test_where_any_part_of_the_reviews_lies_may_differ_from_machine_to_machine(tiny_config):
    chiefs, ours = (
        tiny_config(f"/{place}/train.csv", f"data.validation=/{place}/v.csv", f"data.test=/{place}/t.csv")
        for place in ("data", "elsewhere")
    )
    assert _share(_tell(chiefs), ours).config == ours


def test_of_many_differences_the_first_five_are_told(tiny_config):
    changes = ["data.maxlen=9", "data.num_words=50", "training.batch_size=16", "training.epochs=9"]
    ours = tiny_config("r.csv", *changes, "training.maxlen=5", "training.seed=8")
    told = r"data\.maxlen, data\.num_words, training\.batch_size, training\.epochs, training\.maxlen\."
    with pytest.raises(ConfigError, match=rf"not the chief's: {told}"):
        _share(_tell(tiny_config("r.csv")), ours)


def test_a_worker_with_another_configuration_is_told_where_it_differs(tiny_config):
    chiefs, ours = tiny_config("r.csv"), tiny_config("r.csv", "training.batch_size=16", "data.maxlen=9")
    with pytest.raises(ConfigError, match=r"not the chief's: data\.maxlen, training\.batch_size\."):
        _share(_tell(chiefs), ours)


def test_a_worker_whose_configuration_is_another_has_heard_all_that_the_chief_tells(tiny_config):
    """Else the chief would wait for it, and not hear why it is gone."""
    chief = _tell(tiny_config("r.csv"), state=b"the chief's")
    with pytest.raises(ConfigError):
        _share(chief, tiny_config("r.csv", "data.maxlen=9"))
    assert chief.is_silent


@pytest.mark.parametrize("state", [b"the chief's", b""])
@pytest.mark.parametrize("has_own", [True, False])
def test_a_worker_goes_on_from_the_chiefs_state_whatever_its_own(tiny_config, state, has_own):
    config = tiny_config("r.csv")
    assert _share(_tell(config, state=state), config if has_own else None).state == state


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({}, None),
        ({"reviews": "abd"}, "worker's reviews are not the chief's"),
        ({"vectors": None}, "worker's vectors are not the chief's"),
        ({"initial model": "abc"}, "worker's initial model is not the chief's"),
    ],
)
def test_a_worker_with_other_files_is_told_which(tiny_config, own, told):
    agreement = _share(_tell(tiny_config("r.csv")), None)
    with pytest.raises(DataError, match=told) if told else nullcontext():
        agreement.check_fingerprints(_READ | own)


def test_what_the_weights_began_with_counts_no_more_where_there_is_a_state(tiny_config):
    agreement = _share(_tell(tiny_config("r.csv"), state=b"after an epoch"), None)
    agreement.check_fingerprints(_READ | {"vectors": None, "initial model": "abc"})
    with pytest.raises(DataError, match="reviews are not"):
        agreement.check_fingerprints(_READ | {"reviews": "abd"})


def test_the_chiefs_files_may_lie_elsewhere_on_this_machine(tiny_config):
    chiefs = tiny_config("/chiefs/reviews.csv")
    changes = ["data.dataset=/mine/reviews.csv", "training.epochs=99", "data.test=/mine/test.csv"]
    config = change_places(chiefs, changes)
    assert (config.data.dataset, config.data.test) == ("/mine/reviews.csv", "/mine/test.csv")
    assert config.training == chiefs.training
    assert change_places(chiefs, []) == chiefs
