"""On a cluster, after `make k8s-up`: it works, and it is closed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import cluster, secrets
from tests.k8s.kube import kubectl

pytestmark = pytest.mark.kubernetes
ROOT = Path(cluster.__file__).parents[1]
SERVICES = secrets.SERVICES
NOT_HARDENED = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "not-hardened"},
    "spec": {"containers": [{"name": "one", "image": "sendero/booking:local"}]},
}


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
