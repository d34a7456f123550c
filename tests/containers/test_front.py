"""The image of the front door, as compose runs it."""

import subprocess
from pathlib import Path

import urllib3

from deploy import certificates
from tests.containers.test_images import HARDENED, inspect
from tests.ports import free_port
from tests.wait import wait_until


def test_the_front_door_runs_as_nobody_on_a_read_only_disk_and_is_known_by_the_installations_authority(
    images: dict[str, str], tmp_path: Path
) -> None:
    port, folder = free_port(), tmp_path / "secrets"
    certificates.keep(folder)
    files = ["--volume", "/var/lib/front", "--volume", f"{folder / 'front'}:/run/front:ro"]
    rights = [*HARDENED, "--cap-add", "NET_BIND_SERVICE", *files]
    command = ["docker", "run", "--detach", "--publish", f"127.0.0.1:{port}:8443", *rights, images["front"]]
    name = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    try:
        wait_until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", 60, "its own check", every=0.5)
        assert inspect(name)["Config"]["User"] == "10001:10001"
        with urllib3.PoolManager(ca_certs=str(folder / certificates.TRUST), retries=False, timeout=20) as known:
            assert known.request("GET", f"https://127.0.0.1:{port}/operations").status == 404
            assert known.request("GET", f"https://127.0.0.1:{port}/").status == 502, "no service stands behind it here"
        subprocess.run(["docker", "stop", "--time", "20", name], check=True, capture_output=True)
        assert inspect(name)["State"]["ExitCode"] == 0, "it leaves in order when told to"
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True, capture_output=True)
