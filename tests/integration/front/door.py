"""The front door as a program on this machine, and a client that asks it as anybody on the network could."""

import http.client
import json
import os
import shutil
import ssl
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy import certificates
from deploy.local import processes
from tests.ports import free_port
from tests.wait import wait_until

FRONT = Path(__file__).parents[3] / "deploy" / "front"
CADDY = shutil.which("caddy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "caddy"
SERVICES = ("booking", "referrals", "notifications")
HERE = "127.0.0.1"
PATIENCE = 180  # seconds, on a machine that has a lot to do


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Door:
    """`public`, `partners` and `staff` are its origins, `plain` is where it answers without TLS."""

    public: str
    partners: str
    staff: str
    plain: str
    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "secrets" / certificates.TRUST

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    def connect(self, origin: str, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """From an address of this machine: each of 127.0.0.0/8 is another network to the service."""
        where = urlsplit(origin).netloc
        return http.client.HTTPSConnection(where, timeout=PATIENCE, context=self.trusting(), source_address=(source, 0))

    def ask(
        self,
        origin: str,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Answer:
        connection = self.connect(origin, source)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


@contextmanager
def opened(
    folder: Path, services: Mapping[str, int], names: Sequence[str] = (HERE, HERE, HERE), **told: str
) -> Iterator[Door]:
    """The door to services on these ports, that listens to these names of its origins. What is `told` comes before
    what tests usually say."""
    certificates.keep(folder / "secrets")
    certificate = str(folder / "secrets" / "front" / certificates.CERTIFICATES["front"].file)
    ports = [free_port() for _ in range(4)]
    public, partners, staff = (f"https://{HERE}:{port}" for port in ports[:3])
    sites = [f"https://{name}:{port}" for name, port in zip(names, ports, strict=False)]
    variables = {
        "PUBLIC_SITE": sites[0],
        "PARTNERS_SITE": sites[1],
        "STAFF_SITE": sites[2],
        "PUBLIC_URL": public,
        "TLS": f"{certificate} {certificate}",
        "STAFF_TLS": f"{certificate} {certificate}",
        "HTTP_PORT": str(ports[3]),
        "HTTPS_PORT": str(ports[0]),
        "LISTEN_ON": "127.0.0.1",
        "PAGES": str(FRONT / "pages"),
        "HEADER_TIME": f"{PATIENCE}s",
        "BODY_TIME": f"{PATIENCE}s",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        **{service.upper(): f"127.0.0.1:{services[service]}" for service in SERVICES},
        **told,
    }
    door = Door(public, partners, staff, f"http://127.0.0.1:{ports[3]}", folder)
    command = [CADDY, "run", "--config", str(FRONT / "Caddyfile"), "--adapter", "caddyfile"]
    process = processes.start(command, folder / "log", {"PATH": os.environ["PATH"], **variables})
    try:
        wait_until(lambda: _is_open(door, process), PATIENCE, "the front door is open", every=0.1)
        yield door
    finally:
        processes.stop(process, 10)


def _is_open(door: Door, process: processes.Program) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the front door ended:\n{door.log[-3000:]}")
    try:
        return all(door.ask(one, "/metrics") for one in (door.public, door.partners, door.staff))
    except OSError:
        return False
