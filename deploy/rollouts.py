"""How far what was applied to a cluster is, read from what kubectl shows of it (JSON), and what keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Shown = dict[str, Any]
REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Trouble:
    """A container that does not run as it should; `container` is empty where none could begin."""

    pod: str
    container: str
    why: str
    began_before: bool = False


def name(one: Shown) -> str:
    return str(one["metadata"]["name"])


def of(shown: list[Shown], *kinds: str) -> list[Shown]:
    return [one for one in shown if one["kind"] in kinds]


def awaited(shown: list[Shown]) -> list[str]:
    """The names of what is not there yet."""
    return [name(one) for one in of(shown, *IS_THERE) if not IS_THERE[one["kind"]](one)]


def given_up(shown: list[Shown]) -> list[str]:
    """The names of what the cluster tries no more."""
    return [name(one) for one in of(shown, "Job", "Deployment") if _condition(one, "Failed") or _is_stuck(one)]


def troubles(shown: list[Shown]) -> list[Trouble]:
    return [found for pod in of(shown, "Pod") for found in _of_pod(pod)]


def earlier_revision(deployment: Shown, replica_sets: list[Shown]) -> str | None:
    """The newest one before that ran other images."""
    own = [one for one in replica_sets if _is_owned(one, deployment)]
    other = [one for one in own if images(one) != images(deployment)]
    return str(max(map(_revision, other))) if other else None


def images(one: Shown) -> list[str]:
    return [container["image"] for container in one["spec"]["template"]["spec"]["containers"]]


def _deployment_is_there(one: Shown) -> bool:
    wanted, status = one["spec"]["replicas"], one.get("status", {})
    counts = [status.get(each, 0) for each in ("replicas", "updatedReplicas", "availableReplicas")]
    return _is_seen(one) and counts == [wanted] * 3


def _stateful_set_is_there(one: Shown) -> bool:
    """Where pods are replaced by hand only, the older ones do as well."""
    status = one.get("status", {})
    by_hand = one["spec"]["updateStrategy"]["type"] == "OnDelete"
    newest = by_hand or status.get("currentRevision") == status.get("updateRevision")
    return _is_seen(one) and newest and status.get("readyReplicas", 0) == one["spec"]["replicas"]


def _job_is_there(one: Shown) -> bool:
    return _condition(one, "Complete")


IS_THERE = {"Deployment": _deployment_is_there, "StatefulSet": _stateful_set_is_there, "Job": _job_is_there}


def _is_seen(one: Shown) -> bool:
    return bool(one.get("status", {}).get("observedGeneration", 0) >= one["metadata"]["generation"])


def _condition(one: Shown, kind: str, status: str = "True") -> bool:
    conditions = one.get("status", {}).get("conditions", [])
    return any((each["type"], each["status"]) == (kind, status) for each in conditions)


def _is_stuck(one: Shown) -> bool:
    return one["kind"] == "Deployment" and _is_seen(one) and _condition(one, "Progressing", "False")


def _of_pod(pod: Shown) -> Iterator[Trouble]:
    status = pod["status"]
    if status["phase"] == "Succeeded" or _condition(pod, "Ready") or "deletionTimestamp" in pod["metadata"]:
        return
    containers = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    found = [Trouble(name(pod), one["name"], why, one["restartCount"] > 0) for one in containers if (why := _why(one))]
    yield from found or [Trouble(name(pod), "", _why_not_begun(status))]


def _why(container: Shown) -> str:
    state = container["state"]
    if ended := state.get("terminated"):
        return "" if ended["exitCode"] == 0 else f"ended with {ended['exitCode']}, {ended.get('reason', '')}"
    if waiting := state.get("waiting"):
        reason = waiting.get("reason", "")
        return "" if reason == "PodInitializing" else f"{reason} {waiting.get('message', '')}".strip()
    return "" if container["ready"] else "runs and is not ready"


def _why_not_begun(status: Shown) -> str:
    told = [each.get("message", "") for each in status.get("conditions", []) if each["status"] == "False"]
    return next((message for message in told if message), status["phase"])


def _is_owned(replica_set: Shown, deployment: Shown) -> bool:
    return any(each["uid"] == deployment["metadata"]["uid"] for each in replica_set["metadata"]["ownerReferences"])


def _revision(replica_set: Shown) -> int:
    return int(replica_set["metadata"]["annotations"][REVISION])
