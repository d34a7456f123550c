"""The product as processes of the proof: which there are, with two of what must tolerate a second one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import parts
from deploy.local.settings import of_part
from tests.ports import free_port

BY_NAME = {part.name: part for part in parts.PARTS}
WEB = ("booking", "referrals", "notifications")
WORKERS = {  # process -> the one part that it runs, or all
    "booking worker-1": None,
    "booking worker-2": None,
    "referrals consumer-1": "consumer",
    "referrals relay-1": "relay",
    "referrals timers-1": "timers",
    "referrals worker-2": None,
    "notifications worker-1": None,
    "notifications worker-2": None,
}
WEB_WORKERS = {"booking": "2", "referrals": "1", "notifications": "1"}


@dataclass(frozen=True)
class Program:
    """One process. `own` is what it is told beyond the settings of all, or instead."""

    name: str
    part: parts.Part
    words: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.part.service or ""

    @property
    def is_ours(self) -> bool:
        """Not one of the parties outside, by whom the product is measured."""
        return self.part.service is not None

    def levers(self, folder: Path) -> Path:
        return folder / "levers" / self.service / self.name.partition(" ")[2]

    def told(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {**settings, **self.own}

    def command(self, settings: Mapping[str, str], folder: Path) -> list[str]:
        python, dash, *words = [*self.part.command(self.told(settings), folder), *self.words]
        assert dash == "-m"
        launched = ("tests.faults.launcher", "--levers", str(self.levers(folder)), "--") if self.is_ours else ()
        return [python, "-m", *launched, *words]

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {**parts.environment(), **of_part(self.told(settings), self.part.service, self.part.secrets)}


def set_up() -> list[Program]:
    return [Program(part.name, part) for part in parts.PARTS if part.name.endswith(" set-up")]


def outside() -> list[Program]:
    return [Program(name, BY_NAME[name], own={"PARTNER_AUTO": "accept"}) for name in ("postbox", "demo partner")]


def webs() -> list[Program]:
    return [
        Program(f"{service} web", BY_NAME[f"{service} web"], own={"WEB_WORKERS": WEB_WORKERS[service]})
        for service in WEB
    ]


def workers() -> list[Program]:
    return [_worker(name, only) for name, only in WORKERS.items()]


def _worker(name: str, only: str | None) -> Program:
    service = name.partition(" ")[0]
    port = {f"{service.upper()}_WORKER_PORT": str(free_port())}
    return Program(name, BY_NAME[f"{service} worker"], ("--only", only) if only else (), port)
