"""The parts of the local stack, as data: what starts after what, and how to know that it is ready."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy import replica_set
from deploy.local import broker, mongod
from deploy.local.settings import SERVICES, Settings, own_broker, own_mongod

ROOT = Path(__file__).parents[2]
ACCOUNTS = Path(__file__).with_name("accounts.json")
GUNICORN = Path(__file__).parents[1] / "gunicorn.conf.py"
SET_UP = {
    "booking": ("setup", ",", "topics", ",", "sample", ",", "accounts", str(ACCOUNTS)),
    "referrals": ("setup", ",", "topics", ",", "sample", ",", "accounts", str(ACCOUNTS), ",", "partner-key", "unhcr"),
    "notifications": ("setup", ",", "topics", ",", "sample", ",", "accounts", str(ACCOUNTS)),
}


@dataclass(frozen=True)
class Part:
    """A program that runs on, or (without `ready`) a job that is done when it ends with 0."""

    name: str
    command: Callable[[Settings, Path], list[str]]
    ready: Callable[[Settings], bool] | None = None
    after: tuple[str, ...] = ()
    again: tuple[str, ...] = ()  # jobs to do once more when this part had to be started again
    at_first: bool = True  # False: a job done only as another part's `again`
    ports: tuple[str, ...] = ()  # the variables of the ports it listens on
    service: str | None = None
    secrets: tuple[str, ...] = ()  # those it needs besides its service's
    within: float = 60  # seconds until it must be ready
    patience: float = 15  # seconds it may take to stop
    advice: str = ""

    @property
    def log(self) -> str:
        return f"{self.name.replace(' ', '-')}.log"


def chosen(given: Mapping[str, str], only: list[str] | None = None) -> list[Part]:
    """What to start: all but what the environment gives, or the parts named and what they need."""
    left_out = set() if own_mongod(given) else {"mongod", "databases"}
    left_out |= set() if own_broker(given) else {"broker"}
    by_name = {part.name: part for part in PARTS}
    names = set(by_name)
    if only is not None:
        names, more = set(), set(only)
        while more:
            names |= more
            more = {needed for name in more for needed in by_name[name].after} - names
    return [part for part in PARTS if part.name in names - left_out]


def _module(*words: str) -> Callable[[Settings, Path], list[str]]:
    return lambda settings, folder: [sys.executable, "-m", *words]


def _gunicorn(service: str) -> Callable[[Settings, Path], list[str]]:
    def command(settings: Settings, folder: Path) -> list[str]:
        address = f"127.0.0.1:{settings[f'{service.upper()}_PORT']}"
        application = f"services.{service}.app:create_app()"
        return [
            *(sys.executable, "-m", "gunicorn", application),
            *("--config", str(GUNICORN), "--bind", address, "--name", f"{service} web"),
        ]

    return command


def _http(port: str, path: str) -> Callable[[Settings], bool]:
    def ready(settings: Settings) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", int(settings[port]), timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def _of_service(service: str) -> list[Part]:
    name = service.upper()
    return [
        Part(
            f"{service} set-up",
            _module("deploy.local.commands", service, *SET_UP[service]),
            after=("databases", "broker"),
            service=service,
            secrets=("PARTNER_KEY", "PARTNER_WEBHOOK_SECRET") if service == "referrals" else (),
        ),
        Part(
            f"{service} topics",
            _module("deploy.local.commands", service, "topics"),
            service=service,
            at_first=False,
        ),
        Part(
            f"{service} web",
            _gunicorn(service),
            ready=_http(f"{name}_PORT", "/readyz"),
            after=(f"{service} set-up",),
            ports=(f"{name}_PORT",),
            service=service,
        ),
        Part(
            f"{service} worker",
            _module(f"services.{service}.worker"),
            ready=_http(f"{name}_WORKER_PORT", "/healthz"),
            after=(f"{service} set-up",),
            ports=(f"{name}_WORKER_PORT",),
            service=service,
            patience=30,
        ),
    ]


PARTS = [
    Part(
        "mongod",
        lambda settings, folder: mongod.command(folder / "mongod", int(settings["MONGO_PORT"])),
        ready=lambda settings: replica_set.answers(int(settings["MONGO_PORT"])),
        ports=("MONGO_PORT",),
        patience=30,
        advice="Is there room on the disk? `make clean` throws the data away and begins anew.",
    ),
    Part(
        "databases",
        _module("deploy.local.databases"),
        after=("mongod",),
        secrets=(
            "MONGO_ADMIN_PASSWORD",
            *(f"{service.upper()}_MONGO_{name}" for service in SERVICES for name in ("PASSWORD", "BACKUP_PASSWORD")),
        ),
        advice="If settings.env is newer than the data, its passwords do not fit: `make clean` begins anew.",
    ),
    Part(
        "broker",
        lambda settings, folder: broker.command(int(settings["KAFKA_PORT"])),
        ready=lambda settings: broker.ready(f"127.0.0.1:{settings['KAFKA_PORT']}"),
        again=tuple(f"{service} topics" for service in SERVICES),
        ports=("KAFKA_PORT",),
    ),
    Part(
        "postbox",
        _module("deploy.examples.postbox"),
        ready=_http("POSTBOX_PORT", "/healthz"),
        ports=("POSTBOX_PORT", "POSTBOX_SMTP_PORT"),
    ),
    *(part for service in SERVICES for part in _of_service(service)),
    Part(
        "demo partner",
        _module("deploy.examples.partner"),
        ready=_http("PARTNER_PORT", "/healthz"),
        ports=("PARTNER_PORT",),
        secrets=("PARTNER_KEY", "PARTNER_WEBHOOK_SECRET"),
    ),
]


def environment() -> dict[str, str]:
    """The surroundings of every part, before its settings."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
