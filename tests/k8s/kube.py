"""kubectl, as an operator types it, on the cluster where `make k8s-up` has run."""

import json
import subprocess

from deploy import cluster, rollouts


def kubectl(*words: str, given: str | None = None, works: bool = True, seconds: float = 300) -> str:
    """What it prints; with `works=False`, why it refuses. Raises AssertionError when it is otherwise."""
    command = ["kubectl", "--namespace", cluster.NAMESPACE, *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=seconds)
    assert (done.returncode == 0) == works, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout if works else done.stderr


def shown(*words: str) -> list[rollouts.Shown]:
    return list(json.loads(kubectl("get", *words, "--output", "json"))["items"])


def all_there() -> bool:
    return not rollouts.awaited(shown("deployments,statefulsets,jobs", "--selector", cluster.OURS))


def serving() -> list[rollouts.Shown]:
    """All pods but those of the demo's programs, which stand for what is outside, and of set-ups, which have ended."""
    ours = shown("pods", "--selector", f"{cluster.OURS},app.kubernetes.io/component")
    return [one for one in ours if one["status"]["phase"] == "Running"]


def pods_of(deployment: str) -> dict[str, rollouts.Shown]:
    """By their names."""
    service, _, part = deployment.partition("-")
    labels = f"app.kubernetes.io/name={service},app.kubernetes.io/component={part or service}"
    return {rollouts.name(one): one for one in shown("pods", "--selector", labels)}


def is_ready(pod: rollouts.Shown) -> bool:
    said = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
    return said.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]
