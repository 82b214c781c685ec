"""What all workers must share is the chief's, and whoever differs is told."""

from __future__ import annotations

import pytest

from lstm_cli.config import Config
from lstm_cli.errors import ConfigError, DataError

pytestmark = pytest.mark.usefixtures("keras_started")


class _Connected:
    """What `Replicas` is to the agreement, on a worker that is told what the chief has."""

    def __init__(self, *contents: bytes) -> None:
        self._contents = list(contents)

    def broadcast(self, _content: bytes) -> bytes:
        return self._contents.pop(0)


def _dump(config: Config) -> bytes:
    return config.model_dump_json().encode()


def test_a_worker_takes_the_chiefs_configuration_or_keeps_its_equal(tiny_config):
    from lstm_cli.distributed.agreement import share_config

    chiefs, ours = tiny_config("/data/reviews.csv"), tiny_config("/elsewhere/reviews.csv")
    assert share_config(_Connected(_dump(chiefs)), None) == chiefs
    assert share_config(_Connected(_dump(chiefs)), ours) == ours


def test_the_chief_tells_the_others_what_it_has(tiny_config):
    from lstm_cli.distributed.agreement import share_config, share_state

    class Chief:
        """What `Replicas` is to the agreement on the worker that the others listen to."""

        def broadcast(self, content: bytes) -> bytes:
            return content

    config = tiny_config("/data/reviews.csv")
    assert share_config(Chief(), config) == config
    assert share_state(Chief(), b"its own", fingerprint="abc") == b"its own"


def test_where_any_part_of_the_reviews_lies_may_differ_from_machine_to_machine(tiny_config):
    from lstm_cli.distributed.agreement import share_config

    chiefs, ours = (
        tiny_config(f"/{place}/train.csv", f"data.validation=/{place}/v.csv", f"data.test=/{place}/t.csv")
        for place in ("data", "elsewhere")
    )
    assert share_config(_Connected(_dump(chiefs)), ours) == ours


def test_of_many_differences_the_first_five_are_told(tiny_config):
    from lstm_cli.distributed.agreement import share_config

    changes = ["data.maxlen=9", "data.num_words=50", "training.batch_size=16", "training.epochs=9"]
    ours = tiny_config("r.csv", *changes, "training.maxlen=5", "training.seed=8")
    told = r"data\.maxlen, data\.num_words, training\.batch_size, training\.epochs, training\.maxlen\."
    with pytest.raises(ConfigError, match=rf"not the chief's: {told}"):
        share_config(_Connected(_dump(tiny_config("r.csv"))), ours)


def test_a_worker_with_another_configuration_is_told_where_it_differs(tiny_config):
    from lstm_cli.distributed.agreement import share_config

    chiefs, ours = tiny_config("r.csv"), tiny_config("r.csv", "training.batch_size=16", "data.maxlen=9")
    with pytest.raises(ConfigError, match=r"not the chief's: data\.maxlen, training\.batch_size\."):
        share_config(_Connected(_dump(chiefs)), ours)


@pytest.mark.parametrize("state", [b"the chief's", b""])
def test_a_worker_goes_on_from_the_chiefs_state_whatever_its_own(state):
    from lstm_cli.distributed.agreement import share_state

    assert share_state(_Connected(b"abc", state), b"its own", fingerprint="abc") == state


def test_a_worker_with_other_reviews_is_told():
    from lstm_cli.distributed.agreement import share_state

    with pytest.raises(DataError, match="not the chief's"):
        share_state(_Connected(b"abc", b""), b"", fingerprint="abd")
