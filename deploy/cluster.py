"""Sendero on a Kubernetes cluster (deploy/k8s), by kubectl: `apply [TAG]` brings it there and waits until it is,
`secrets` brings its secrets alone, `table` says what is where, `undo` goes back to the images before, `delete [data]`
takes it down.

The cluster is the one that kubectl knows (KUBECONFIG). Needs `kubectl`, `openssl` and nothing but Python's own library.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from deploy import certificates, composed, handing_out, rollouts, secrets

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".local" / "k8s"
MANIFESTS = ROOT / "deploy" / "k8s"
OVERLAY = MANIFESTS / "overlays" / "local"
NAMESPACE = "sendero"
OURS = "app.kubernetes.io/part-of=sendero"
IMAGES = (*secrets.SERVICES, "front", "examples")
OF_OTHERS = {"mongo": "MONGO_IMAGE", "apache/kafka": "KAFKA_IMAGE"}  # as the manifests call them: the variable
ORIGINS = {
    "PUBLIC": "https://127.0.0.1:30443",
    "PARTNERS": "https://127.0.0.1:30444",
    "STAFF": "https://127.0.0.1:30445",
    "POSTBOX": "http://127.0.0.1:30025",
    "PARTNER": "http://127.0.0.1:30026",
    "WEBSITE": "http://127.0.0.1:30027",
}
HEADING = "# Secrets of the cluster. Made once, then kept: data cannot be read without them.\n"
ALL_KINDS = "hpa,pdb,deployments,statefulsets,jobs,services,networkpolicies,configmaps,serviceaccounts"
PATIENCE_SECONDS = 900
OF_EVENTS = ("--sort-by=.lastTimestamp", "--output=custom-columns=REASON:.reason,MESSAGE:.message")
LAST = 15  # lines of a log, where something went wrong


def apply(tag: str = "local") -> None:
    """A Job cannot be changed: those there are go, and run again. They may, beside what is running."""
    changed = bring_secrets()
    before = set(rollouts.given_up(_shown("deployments")))
    _kubectl("delete", "jobs", "--selector", OURS, "--ignore-not-found")
    _kubectl("apply", "--kustomize", str(kustomization(FOLDER, tag, os.environ)))
    _wait(before)
    for place in changed:
        print(f"The Secret {place} is another one now: whoever reads it when it starts has to be started anew")


def bring_secrets() -> list[str]:
    """Makes what is missing, and brings all of it to the cluster. Returns the folders that changed."""
    changed = write_secrets()
    _kubectl("apply", "--filename", str(MANIFESTS / "base" / "namespace.yaml"))
    _kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-", told=json.dumps(brought(FOLDER)))
    print(f"Keep {FOLDER}: without it data cannot be read")
    return changed


def write_secrets(folder: Path = FOLDER) -> list[str]:
    """The same files as in compose, and a key file for each replica set. Returns the folders that changed."""
    kept = secrets.keep(folder / "settings.env", HEADING, composed.SECRETS)
    try:
        certificates.keep(folder / "secrets")
    except certificates.NoOpenssl as error:
        sys.exit(str(error))
    for service in secrets.SERVICES:
        key = folder / "secrets" / f"{service}-mongo-key" / "key"
        if not key.exists():
            certificates.keep_as(key, base64.b64encode(os.urandom(567)))
    return handing_out.write(folder / "secrets", kept)


def brought(folder: Path) -> dict[str, Any]:
    """What comes from files: a Secret for each folder, the sample accounts, the program that makes a replica set."""
    places = sorted(place for place in (folder / "secrets").iterdir() if place.name != "authority")
    found = {place.name: {file.name: file.read_bytes() for file in sorted(place.iterdir())} for place in places}
    found["accounts"] = {composed.ACCOUNTS.name: composed.ACCOUNTS.read_bytes()}
    program = ROOT / "deploy" / "replica_set.py"
    items = [
        *(_object("Secret", name, {"data": _in_base64(files)}) for name, files in found.items()),
        _object("ConfigMap", "replica-set", {"data": {program.name: program.read_text()}}),
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _object(kind: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    label, _, value = OURS.partition("=")
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {label: value}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}


def _in_base64(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def kustomization(folder: Path, tag: str, given: Mapping[str, str]) -> Path:
    """The overlay with these images. Those of the servers stay what they were, unless another is given: nobody brings
    another database by leaving out a word."""
    path = folder / "kustomization.yaml"
    before = {one["name"]: one for one in json.loads(path.read_text())["images"]} if path.exists() else {}
    images = [{"name": f"sendero/{name}", "newTag": tag} for name in IMAGES]
    for name, variable in OF_OTHERS.items():
        if image := given.get(variable):
            new_name, _, new_tag = image.rpartition(":")
            images.append({"name": name, "newName": new_name, "newTag": new_tag})
        elif name in before:
            images.append(before[name])
    told = {"resources": [os.path.relpath(OVERLAY, folder)], "images": images}
    path.write_text(json.dumps(told, indent=2))
    return folder


def table() -> None:
    composed.welcome(ORIGINS, FOLDER / "secrets" / certificates.TRUST)
    print(f"Look: kubectl -n {NAMESPACE} get pods   Logs: kubectl -n {NAMESPACE} logs deployment/booking-web")
    print("Stop with `make k8s-down`. The data stays; `make k8s-down VOLUMES=1` throws it away.")


def undo() -> None:
    """Each Deployment back to the newest images that it had before; set-ups need no way back: older code finds what
    it needs."""
    shown = _shown("deployments,replicasets")
    for one in rollouts.of(shown, "Deployment"):
        revision = rollouts.earlier_revision(one, rollouts.of(shown, "ReplicaSet"))
        if revision:
            _kubectl("rollout", "undo", f"deployment/{rollouts.name(one)}", f"--to-revision={revision}")
    _wait()


def delete(data: str = "") -> None:
    """Databases and secrets stay, unless `data` says that they go, too."""
    if data:
        _kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        shutil.rmtree(FOLDER, ignore_errors=True)
    else:
        _kubectl("delete", ALL_KINDS, "--selector", OURS, "--ignore-not-found")
    composed.ADDRESSES.unlink(missing_ok=True)


def _wait(before: Collection[str] = ()) -> None:
    """Until all of it is there; tells what it waits for, and in the end why it is not. What the cluster had given up
    `before` may be coming now, of which it says nothing until it has come."""
    until, told = time.monotonic() + PATIENCE_SECONDS, ""
    while True:
        shown = _shown("deployments,statefulsets,jobs,pods")
        waiting, given_up = rollouts.awaited(shown), rollouts.given_up(shown)
        if not waiting:
            break
        line = f"waiting for {len(waiting)}: {', '.join(waiting)}"
        if line != told:
            print(line, flush=True)
        told = line
        given_up = [name for name in given_up if name not in before]
        if given_up or time.monotonic() > until:
            _tell(shown)
            sys.exit(f"\nNot there: {', '.join(given_up or waiting)}")
        time.sleep(2)
    print("all of it is there")


def _tell(shown: list[rollouts.Shown]) -> None:
    for one in rollouts.troubles(shown):
        print(f"\n{one.pod} {one.container}: {one.why}", flush=True)
        if one.container:
            before = ["--previous"] if one.began_before else []
            _try("logs", one.pod, "--container", one.container, "--tail", str(LAST), *before)
        _try("get", "events", "--field-selector", f"involvedObject.name={one.pod}", *OF_EVENTS)


def _shown(kinds: str) -> list[rollouts.Shown]:
    told = _kubectl("get", kinds, "--selector", OURS, "--output", "json", quiet=True)
    return list(json.loads(told)["items"])


def _kubectl(*words: str, told: str | None = None, quiet: bool = False) -> str:
    done = subprocess.run(_command(*words), input=told, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"kubectl {words[0]} did not work")  # it has said why
    if not quiet:
        print("\n".join(line for line in done.stdout.splitlines() if not line.endswith("unchanged")))
    return done.stdout


def _try(*words: str) -> None:
    """To look; what it has to say, it says."""
    subprocess.run(_command(*words), check=False)


def _command(*words: str) -> list[str]:
    program = shutil.which("kubectl")
    if program is None:
        sys.exit("kubectl is missing: https://kubernetes.io/docs/tasks/tools")
    return [program, "--namespace", NAMESPACE, *words]


COMMANDS: dict[str, Callable[..., object]] = {
    "apply": apply,
    "secrets": bring_secrets,
    "table": table,
    "undo": undo,
    "delete": delete,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
