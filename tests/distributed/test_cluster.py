"""Which workers there are: read off the command line and off TF_CONFIG as the platforms set it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.distributed.cluster import Cluster, build_cluster, read_tf_config
from lstm_cli.errors import ConfigError


def _read(cluster, task, **more):
    return read_tf_config({"TF_CONFIG": json.dumps({"cluster": cluster, "task": task, **more})})


def test_a_list_of_addresses_and_a_place_in_it_make_a_cluster():
    cluster = build_cluster(["node-1:2222", "10.0.0.7:2222", "[fe80::1]:2222"], task=2)
    assert cluster == Cluster(("node-1:2222", "10.0.0.7:2222", "[fe80::1]:2222"), 2)
    assert (cluster.is_chief, cluster.chief) == (False, "node-1:2222")


def test_one_worker_needs_no_cluster():
    assert build_cluster(["node-1:2222"], task=0) is None
    assert _read({"worker": ["node-1:2222"]}, {"type": "worker", "index": 0}) is None


@pytest.mark.parametrize(
    "workers",
    [
        ["node-1", "b:1"],
        ["a:0", "b:1"],
        ["a:65536", "b:1"],
        ["", "b:1"],
        ["http://a:1", "b:1"],
        ["fe80::1:2", "b:1"],
    ],
)
def test_what_is_no_address_is_named(workers):
    with pytest.raises(ConfigError, match="Expected host:port for every worker"):
        build_cluster(workers, task=0)


def test_any_port_there_is_makes_an_address():
    assert build_cluster(["a:1", "b:65535"], task=0) == Cluster(("a:1", "b:65535"), 0)


@pytest.mark.parametrize(
    ("workers", "task", "message"),
    [
        (["a:1", "b:1"], None, r"own place in the list, 0 to 1; got none\. Give it with --task"),
        (["a:1", "b:1"], 2, "own place in the list, 0 to 1; got 2"),
        (["a:1", "b:1"], -1, "own place in the list, 0 to 1; got -1"),
        (["a:1"], 1, "own place in the list, 0 to 0; got 1"),
        (["a:1", "a:1"], 0, "Expected every worker once; got a:1,a:1"),
    ],
)
def test_a_place_outside_and_a_worker_that_stands_twice_are_errors(workers, task, message):
    with pytest.raises(ConfigError, match=message):
        build_cluster(workers, task=task)


def test_tf_config_of_workers_alone_makes_the_first_the_chief():
    cluster = _read({"worker": ["a:1", "b:1"]}, {"type": "worker", "index": 1})
    assert cluster == Cluster(("a:1", "b:1"), 1)


def test_tf_config_with_a_chief_puts_it_first():
    """As Vertex AI and Kubeflow write it, with keys of their own beside and the index as a text."""
    jobs = {"chief": ["c:1"], "worker": ["a:1", "b:1"]}
    assert _read(jobs, {"type": "chief", "index": "0", "trial": ""}, environment="cloud") == Cluster(
        ("c:1", "a:1", "b:1"), 0
    )
    assert _read(jobs, {"type": "worker", "index": 1}) == Cluster(("c:1", "a:1", "b:1"), 2)


def test_tf_config_may_number_its_tasks():
    names = tuple(f"node-{number}:1" for number in range(11))
    numbered = {str(number): name for number, name in reversed([*enumerate(names)])}
    assert _read({"worker": numbered}, {"type": "worker", "index": 0}) == Cluster(names, 0)


@pytest.mark.parametrize("task", [{}, None, {"type": "worker"}, {"index": 0}])
def test_a_task_of_which_nothing_is_said_is_the_first_worker(task):
    assert _read({"worker": ["a:1", "b:1"]}, task) == Cluster(("a:1", "b:1"), 0)


@pytest.mark.parametrize("kind", ["chief", "master", "worker"])
def test_a_job_of_one_task_is_alone_whatever_it_is_called(kind):
    assert _read({kind: ["a:1"]}, {"type": kind, "index": 0}) is None
    assert _read({"worker": ["a:1"]}, {"type": kind, "index": 1}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[" * 100_000, "recursion"),
        ("[]", "has no attribute 'get'"),
        ('{"task": {"index": "first"}}', "invalid literal"),
        ('{"cluster": {"worker": "a:1"}}', "the tasks of 'worker' are no list of addresses"),
        ('{"cluster": {"worker": ["a:1", 2]}}', "the tasks of 'worker' are no list of addresses"),
    ],
    ids=lambda text: text[:40],
)
def test_a_tf_config_that_cannot_be_read_is_shown_what_is_expected(text, reason):
    with pytest.raises(ConfigError, match=rf'^TF_CONFIG cannot be read \(.*{reason}.*Expected \{{"cluster"'):
        read_tf_config({"TF_CONFIG": text})


@pytest.mark.parametrize("text", [None, "", "  ", "{}", '{"cluster": {}}'])
def test_without_tf_config_a_process_is_alone(text):
    assert read_tf_config({} if text is None else {"TF_CONFIG": text}) is None


@pytest.mark.parametrize(
    ("jobs", "task"),
    [
        ({"worker": ["a:1", "b:1"], "ps": ["p:1"]}, {"type": "worker", "index": 0}),
        ({"worker": ["a:1"], "ps": ["p:1"]}, {"type": "worker", "index": 0}),
        ({"worker": ["a:1"], "evaluator": ["e:1"]}, {"type": "evaluator", "index": 0}),
        ({"worker": ["a:1", "b:1"], "evaluator": ["e:1"]}, {"type": "evaluator", "index": 0}),
        ({"worker": ["a:1", "b:1"], "master": ["m:1"]}, {"type": "master", "index": 0}),
    ],
)
def test_parameter_servers_and_evaluators_have_no_part_here(jobs, task):
    with pytest.raises(ConfigError, match="Expected a chief and workers alone"):
        _read(jobs, task)


@pytest.mark.parametrize(
    ("kind", "index", "count"), [("worker", 2, 2), ("worker", 5, 2), ("worker", -1, 2), ("chief", 0, 0)]
)
def test_a_task_that_the_cluster_lacks_is_an_error(kind, index, count):
    with pytest.raises(ConfigError, match=f"has no task {index} of the type '{kind}'; it lists {count}"):
        _read({"worker": ["a:1", "b:1"]}, {"type": kind, "index": index})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cluster", "task", "worker", "chief", "type", "index", "ps"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(_JSON.map(json.dumps) | st.text(max_size=30))
def test_whatever_tf_config_holds_it_is_read_or_refused(text):
    try:
        cluster = read_tf_config({"TF_CONFIG": text})
    except ConfigError:
        return
    assert cluster is None or 0 <= cluster.task < len(cluster.workers)


@given(st.integers(2, 5).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_a_cluster_as_tf_config_reads_as_itself(place):
    count, task = place
    cluster = Cluster(tuple(f"node-{number}:2222" for number in range(count)), task)
    assert read_tf_config({"TF_CONFIG": cluster.format_tf_config()}) == cluster
