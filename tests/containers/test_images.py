"""Each image holds its own part only, runs as nobody in particular, and needs to write nowhere but in /tmp."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port
from tests.containers.conftest import SERVICES
from tests.containers.servers import get
from tests.wait import wait_until

WALK = Path(__file__).with_name("walk.py")
HARDENED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"]
KEYS = f"k1:{base64.b64encode(bytes(32)).decode()}"
MORE = {
    "booking": {"BOOKING_FINGERPRINT_KEY": "f" * 32},
    "referrals": {},
    "notifications": {
        "NOTIFICATIONS_FINGERPRINT_KEY": "f" * 32,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "25",
        "EMAIL_FROM": "no-reply@sendero.test",
        "SMS_URL": "http://127.0.0.1/",
        "SMS_KEY": "s",
        "SMS_RECEIPT_SECRET": "whsec_c2VjcmV0",
        "SMS_FROM": "SENDERO",
        "BOOKING_PUBLIC_URL": "http://127.0.0.1",
    },
}


def walk(image: str) -> dict[str, Any]:
    with WALK.open() as program:
        done = subprocess.run(
            ["docker", "run", "--rm", "--interactive", "--network", "none", *HARDENED, image, "python", "-"],
            stdin=program,
            capture_output=True,
            check=True,
        )
    return json.loads(done.stdout)


def inspect(what: str) -> dict[str, Any]:
    return json.loads(subprocess.run(["docker", "inspect", what], capture_output=True, check=True).stdout)[0]


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_service_and_what_is_shared(images: dict[str, str], service: str) -> None:
    files = [file for file in walk(images[service])["files"] if "__pycache__" not in file]
    of_others = [
        file
        for file in files
        if not file.startswith(("shared/", f"services/{service}/"))
        and file not in ("gunicorn.conf.py", "services/__init__.py")
    ]
    assert not of_others
    assert f"services/{service}/app.py" in files
    assert "shared/web/app.py" in files


def test_the_image_of_the_demo_programs_holds_nothing_of_sendero(images: dict[str, str]) -> None:
    files = walk(images["examples"])["files"]
    assert not [file for file in files if not file.startswith(("deploy/examples/", "deploy/__"))]


@pytest.mark.parametrize("name", [*SERVICES, "examples"])
def test_an_image_runs_as_nobody_and_writes_in_tmp_only(images: dict[str, str], name: str) -> None:
    found = walk(images[name])
    assert (found["uid"], found["gid"]) == (10001, 10001)
    assert found["writable"] == ["/tmp"]
    assert found["secrets"] == []
    assert found["for_development"] == []
    assert inspect(images[name])["Config"]["Healthcheck"]["Test"][0] == "CMD"


@contextmanager
def running(image: str, told: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The image's own program, hardened as in compose.yaml: its container and the port it answers on."""
    port = free_port()
    options = [word for name, value in told.items() for word in ("--env", f"{name}={value}")]
    command = ["docker", "run", "--detach", "--publish", f"127.0.0.1:{port}:8000", *HARDENED, *options, image]
    name = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    try:
        yield name, port
    finally:
        subprocess.run(["docker", "logs", "--tail", "20", name], check=True)
        subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True, capture_output=True)


def settings(service: str) -> dict[str, str]:
    name = service.upper()
    return {
        f"{name}_MONGO_URI": f"mongodb://127.0.0.1:1/{service}?serverSelectionTimeoutMS=500",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        f"{name}_SECRET_KEY": "s" * 32,
        f"{name}_SEAL_KEYS": KEYS,
        "PEOPLE_KEYS": KEYS,
        "ACCESS_KEY": "a" * 32,
        f"{name}_PUBLIC_URL": "http://127.0.0.1:8000",
        f"{name}_WORKER_PORT": "9000",
        **MORE[service],
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_lives_on_a_read_only_disk_and_says_that_its_database_is_away(
    images: dict[str, str], service: str
) -> None:
    with running(images[service], settings(service)) as (name, port):
        wait_until(lambda: get(port, "/healthz")[0] == 200, 60, "it answers", every=0.2)
        assert get(port, "/readyz")[0] == 503
        wait_until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", 60, "its own check", every=0.5)
        subprocess.run(["docker", "stop", "--time", "30", name], check=True, capture_output=True)
        assert inspect(name)["State"]["ExitCode"] == 0, "it leaves in order when told to"


def test_a_setting_that_is_missing_is_named(images: dict[str, str]) -> None:
    told = settings("booking")
    del told["BOOKING_SECRET_KEY"]
    with running(images["booking"], told) as (name, _):
        wait_until(lambda: not inspect(name)["State"]["Running"], 60, "it ends", every=0.2)
        logs = subprocess.run(["docker", "logs", name], check=True, capture_output=True, text=True)
        assert "BOOKING_SECRET_KEY" in logs.stdout + logs.stderr
        assert inspect(name)["State"]["ExitCode"] != 0
