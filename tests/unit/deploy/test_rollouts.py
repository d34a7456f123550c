"""How far a cluster is, read from what kubectl shows."""

from typing import Any

import pytest

from deploy import rollouts

Shown = dict[str, Any]


def shown(kind: str, name: str = "one", generation: int = 2, **more: Any) -> Shown:
    status = {"observedGeneration": 2, **more.pop("status", {})}
    return {"kind": kind, "metadata": {"name": name, "generation": generation}, "spec": more, "status": status}


def condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status}


def pod(*containers: Shown, **status: Any) -> Shown:
    told = {"phase": "Pending", "containerStatuses": list(containers), **status}
    return {"kind": "Pod", "metadata": {"name": "one"}, "status": told}


def container(state: Shown, ready: bool = False, restarts: int = 0) -> Shown:
    return {"name": "web", "state": state, "ready": ready, "restartCount": restarts}


ALL_THERE = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("status", "generation", "there"),
    [
        (ALL_THERE, 2, True),
        (ALL_THERE, 3, False),  # what was applied has not been looked at
        ({**ALL_THERE, "replicas": 3}, 2, False),  # an old one has not left
        ({**ALL_THERE, "updatedReplicas": 1}, 2, False),
        ({**ALL_THERE, "availableReplicas": 1}, 2, False),
        ({}, 2, False),
    ],
)
def test_a_deployment_is_there_when_all_of_it_is_new_and_nothing_else_is_left(status, generation, there):
    one = shown("Deployment", generation=generation, replicas=2, status=status)
    assert rollouts.awaited([one]) == ([] if there else ["one"])


@pytest.mark.parametrize(("how", "there"), [("OnDelete", True), ("RollingUpdate", False)])
def test_a_stateful_set_that_is_replaced_by_hand_is_there_with_older_pods(how, there):
    status = {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"}
    one = shown("StatefulSet", replicas=1, updateStrategy={"type": how}, status=status)
    assert rollouts.awaited([one]) == ([] if there else ["one"])


def test_a_job_is_there_when_it_is_complete_and_given_up_when_it_failed():
    done = shown("Job", "done", status={"conditions": [condition("Complete", "True")]})
    failed = shown("Job", "failed", status={"conditions": [condition("Failed", "True")]})
    assert rollouts.awaited([done, failed, shown("Job", "works")]) == ["failed", "works"]
    assert rollouts.given_up([done, failed]) == ["failed"]


def test_an_upgrade_that_does_not_get_on_is_given_up():
    stuck = shown("Deployment", status={"conditions": [condition("Progressing", "False")]})
    assert rollouts.given_up([stuck]) == ["one"]
    stuck["metadata"]["generation"] = 3  # another version has been applied since
    assert rollouts.given_up([stuck]) == []


@pytest.mark.parametrize(
    ("state", "restarts", "expected"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}, 3, "CrashLoopBackOff back-off"),
        ({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, 0, "ended with 137, OOMKilled"),
        ({"running": {}}, 0, "runs and is not ready"),
    ],
)
def test_a_container_in_trouble_is_named_with_its_reason(state, restarts, expected):
    (found,) = rollouts.troubles([pod(container(state, restarts=restarts))])
    assert found == rollouts.Trouble("one", "web", expected, restarts > 0)


def test_a_pod_that_no_node_takes_says_why():
    conditions = [{**condition("PodScheduled", "False"), "message": "Insufficient cpu"}]
    assert rollouts.troubles([pod(conditions=conditions)]) == [rollouts.Trouble("one", "", "Insufficient cpu")]


def test_a_pod_that_is_ready_or_done_is_no_trouble():
    ready = pod(container({"running": {}}, ready=True), conditions=[condition("Ready", "True")])
    assert rollouts.troubles([ready, pod(phase="Succeeded")]) == []


def test_the_way_back_leads_to_the_newest_one_with_other_images():
    def runs(image: str, **metadata: Any) -> Shown:
        template = {"spec": {"containers": [{"image": image}]}}
        return {"metadata": metadata, "spec": {"template": template}}

    def replica_set(revision: str, image: str, owner: str = "u1") -> Shown:
        return runs(image, annotations={rollouts.REVISION: revision}, ownerReferences=[{"uid": owner}])

    found = [
        replica_set("9", "a:1"),
        replica_set("10", "a:2"),
        replica_set("11", "a:3"),
        replica_set("12", "b:1", "u2"),
    ]
    assert rollouts.earlier_revision(runs("a:3", uid="u1"), found) == "10"
    assert rollouts.earlier_revision(runs("b:1", uid="u2"), found) is None
