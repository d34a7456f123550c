"""On a cluster, after `make k8s-up`: it works, it is closed, and what an operator does to it fails no request."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import cluster, rollouts, secrets
from tests.k8s.people import People, told
from tests.wait import wait_until

pytestmark = pytest.mark.kubernetes
ROOT = Path(cluster.__file__).parents[1]
SERVICES = secrets.SERVICES
PATIENCE = 300
NOT_HARDENED = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "not-hardened"},
    "spec": {"containers": [{"name": "one", "image": "sendero/booking:local"}]},
}


def kubectl(*words: str, given: str | None = None, works: bool = True) -> str:
    command = ["kubectl", "--namespace", cluster.NAMESPACE, *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == works, done.stderr
    return done.stdout if works else done.stderr


def shown(*words: str) -> list[rollouts.Shown]:
    return list(json.loads(kubectl("get", *words, "--output", "json"))["items"])


def all_there() -> bool:
    return not rollouts.awaited(shown("deployments,statefulsets,jobs", "--selector", cluster.OURS))


def pods_of(deployment: str) -> list[str]:
    service, _, part = deployment.partition("-")
    labels = f"app.kubernetes.io/name={service},app.kubernetes.io/component={part or service}"
    return [rollouts.name(one) for one in shown("pods", "--selector", labels)]


def test_the_demo_passes_through_the_front_door():
    subprocess.run([sys.executable, "-m", "deploy.cluster", "table"], cwd=ROOT, check=True)
    done = subprocess.run([sys.executable, "-m", "deploy.demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_namespace_takes_no_pod_that_is_not_hardened():
    refused = kubectl("apply", "--filename", "-", "--dry-run=server", given=json.dumps(NOT_HARDENED), works=False)
    assert 'violates PodSecurity "restricted' in refused


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_stands_in_a_process_environment_or_arguments(service):
    values = {
        file.read_text().strip()
        for folder in (service, f"{service}-setup", f"kafka-{service}")
        for file in (cluster.FOLDER / "secrets" / folder).iterdir()
    }
    for part in ("web", "worker"):
        look = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'"
        seen = kubectl("exec", f"deployment/{service}-{part}", "--", "sh", "-c", look)
        assert "PATH=" in seen
        assert not [value for value in values if value in seen]


def test_what_runs_may_not_write_beside_tmp():
    look = "touch /app/written 2>&1; id -u; touch /tmp/written && echo written"
    seen = kubectl("exec", "deployment/booking-web", "--", "sh", "-c", look).splitlines()
    assert "Read-only file system" in seen[0]
    assert seen[1:] == ["10001", "written"]


def test_set_ups_run_again_beside_what_runs_and_nobody_notices():
    (image,) = rollouts.images(shown("deployments", "--selector", "app.kubernetes.io/name=booking")[0])
    with People() as people:
        cluster.apply(image.rpartition(":")[2])
    assert people.failed == []
    assert people.booked


@pytest.mark.parametrize("deployment", ["booking-web", "booking-worker", "notifications-worker", "front"])
def test_pods_that_are_deleted_one_after_another_fail_no_request_and_everybody_is_told(deployment):
    with People() as people:
        for pod in pods_of(deployment):
            kubectl("delete", "pod", pod)
            wait_until(all_there, PATIENCE, f"{deployment} is whole again", every=1)
    assert people.failed == []
    assert people.booked
    for person in people.booked.values():
        wait_until(lambda person=person: told(person) == 1, PATIENCE, "the email comes, once", every=0.5)


def test_a_version_that_does_not_become_ready_takes_no_traffic_and_the_way_back_is_short():
    with People() as people:
        before = set(pods_of("booking-web"))
        kubectl("set", "env", "deployment/booking-web", "BOOKING_MONGO_URI_FILE=/nowhere")
        wait_until(lambda: set(pods_of("booking-web")) - before, PATIENCE, "a pod of it begins", every=1)
        wait_until(lambda: _restarted(set(pods_of("booking-web")) - before), PATIENCE, "it fails", every=1)
        assert before <= set(pods_of("booking-web"))
        kubectl("rollout", "undo", "deployment/booking-web")
        wait_until(all_there, PATIENCE, "the old one alone is there", every=1)
    assert people.failed == []
    assert people.listed


def _restarted(names: set[str]) -> bool:
    found = [one["status"] for one in shown("pods") if rollouts.name(one) in names]
    kinds = ("initContainerStatuses", "containerStatuses")
    return any(each["restartCount"] for status in found for kind in kinds for each in status.get(kind, []))
