"""What kustomize makes of deploy/k8s, as a cluster is given it; and compose.yaml, from which it may not differ."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import cluster, composed

Shown = dict[str, Any]
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
COMPOSE: Shown = yaml.safe_load(Path(composed.__file__).with_name("compose.yaml").read_text())
WORKLOADS = ("Deployment", "StatefulSet", "Job")


@cache
def rendered(folder: Path = cluster.OVERLAY) -> list[Shown]:
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl, to render what kustomize is told")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of(*kinds: str) -> dict[str, Shown]:
    """By their names."""
    return {one["metadata"]["name"]: one for one in rendered() if one["kind"] in kinds}


def pods() -> dict[str, Shown]:
    """Of each workload, by its name, what its pods are."""
    return {name: one["spec"]["template"] for name, one in of(*WORKLOADS).items()}


def containers(pod: Shown) -> list[Shown]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def environment(container: Shown) -> dict[str, str]:
    """All that it is told: its ConfigMaps one over the other, then its own."""
    told: dict[str, str] = {}
    for source in container.get("envFrom", []):
        told |= of("ConfigMap")[source["configMapRef"]["name"]]["data"]
    return told | {one["name"]: one["value"] for one in container.get("env", [])}


def secrets_of(pod: Shown, container: Shown) -> dict[str, str]:
    """Where it finds which Secret."""
    volumes = {one["name"]: one["secret"]["secretName"] for one in pod["spec"]["volumes"] if "secret" in one}
    mounts = container.get("volumeMounts", [])
    return {one["mountPath"]: volumes[one["name"]] for one in mounts if one["name"] in volumes}


def picks(selector: Shown, labels: dict[str, str]) -> bool:
    """As the cluster reads a selector. Raises KeyError for what is not used here."""
    known = {"In": lambda one: labels.get(one["key"]) in one["values"]}
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        known[one["operator"]](one) for one in selector.get("matchExpressions", [])
    )
