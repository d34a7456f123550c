"""What can be done to a running program of the product from outside: it looks for a file at certain moments.

A folder belongs to one process, the folder above it to all processes of its service:

- `SERVICE/<name of a moment>`: the process that meets the moment first takes the file away and dies (SIGKILL);
- `SERVICE/raising` (JSON: `of`, `which`): handlers raise for one in `of` cases, always the same ones;
- `PROCESS/clock`: so many seconds are added to its clock.

Nothing is imported here before the program asks for it, so that it starts as it would alone.
"""

import functools
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

MOMENTS = {  # name -> before or after what, in which module
    "booked-unanswered": ("after", "services.booking.actions", "book"),
    "changed-unwritten": ("before", "services.booking.actions.rescheduling", "_write"),
    "sent-unmarked": ("after", "shared.relay.carrier", "Relay._deliver"),
    "done-uncommitted": ("before", "shared.consumer.member", "_commit"),
    "mail-unnoted": ("after", "services.notifications.channels.email", "_hand_over"),
    "sms-unnoted": ("after", "services.notifications.channels.sms", "_post"),
    "webhook-unnoted": ("after", "services.referrals.webhooks", "deliver"),
}

Wrap = Callable[[ModuleType], None]


class Levered(Exception):
    """A handler was told to fail."""


def prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wraps: dict[str, list[Wrap]] = {}
    for name, (moment, module, function) in MOMENTS.items():
        wraps.setdefault(module, []).append(_deadly(folder.parent / name, moment, function))
    wraps.setdefault("shared.inbox.records", []).append(_raising(folder.parent / "raising"))
    wraps.setdefault("shared.clock", []).append(_jumping(folder / "clock"))
    wraps.setdefault("shared.leases", []).append(_named(folder.name))
    sys.meta_path.insert(0, Finder(wraps))


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules as usual, and wraps what is to be wrapped when one of them has been read."""

    def __init__(self, wraps: dict[str, list[Wrap]]) -> None:
        self.wraps = wraps

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.wraps:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        read = spec.loader.exec_module

        def read_and_wrap(module: ModuleType) -> None:
            read(module)
            for wrap in self.wraps[name]:
                wrap(module)

        spec.loader.exec_module = read_and_wrap  # type: ignore[method-assign]
        return spec


def taken(lever: Path) -> bool:
    """True for the one who takes the file away."""
    try:
        lever.unlink()
    except FileNotFoundError:
        return False
    return True


def _deadly(lever: Path, moment: str, function: str) -> Wrap:
    def wrap(module: ModuleType) -> None:
        *path, name = function.split(".")
        owner: Any = functools.reduce(getattr, path, module)
        original = getattr(owner, name)

        @functools.wraps(original)
        def run(*args: Any, **kwargs: Any) -> Any:
            if moment == "before" and taken(lever):
                os.kill(os.getpid(), signal.SIGKILL)
            result = original(*args, **kwargs)
            if moment == "after" and taken(lever):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(owner, name, run)

    return wrap


def _raising(lever: Path) -> Wrap:
    def wrap(module: ModuleType) -> None:
        original = module.Reading.handler

        def handler(reading: Any, event_type: str) -> Any:
            found = original(reading, event_type)
            return found and functools.partial(_run_unless_told, lever, found)

        module.Reading.handler = handler

    return wrap


def _run_unless_told(lever: Path, found: Callable[..., None], db: Any, event: Any) -> None:
    try:
        told = json.loads(lever.read_text())
    except FileNotFoundError:
        told = None
    if told and zlib.crc32(event.key.encode()) % told["of"] == told["which"]:
        raise Levered(event.type)
    found(db, event)


def _jumping(lever: Path) -> Wrap:
    """The product's clock, and `time.time` for its libraries."""

    def ahead() -> float:
        try:
            return float(lever.read_text())
        except FileNotFoundError:
            return 0.0

    real = time.time
    time.time = lambda: real() + ahead()

    def wrap(module: ModuleType) -> None:
        from datetime import timedelta

        now = module.now
        module.now = lambda: now() + timedelta(seconds=ahead())

    return wrap


def _named(process: str) -> Wrap:
    """A lease's token says whose it is, so that its holder can be found and paused."""

    def wrap(module: ModuleType) -> None:
        new = module.new_token
        module.new_token = lambda: f"{process}.{new()}"

    return wrap
