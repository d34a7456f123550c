"""What `make run` shows: progress, the table of what is where, and what went wrong."""

import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from deploy.local.parts import ACCOUNTS, Part

LAST_LINES = 15


class Screen:
    def __init__(self, console: Console | None = None):
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.began = time.monotonic()
        self.bar = Progress(
            SpinnerColumn(),
            BarColumn(30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self.console,
            transient=True,
        )

    def progress(self) -> AbstractContextManager[object]:
        """While it is open, a bar at the bottom shows what is awaited; without a terminal, lines only."""
        return self.bar if self.console.is_terminal else nullcontext()

    def awaiting(self, done: int, total: int, names: Iterable[str]) -> None:
        task = self.bar.task_ids[0] if self.bar.task_ids else self.bar.add_task("")
        self.bar.update(task, completed=done, total=total, description=", ".join(names))

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)

    def ready(self, part: Part, seconds: float) -> None:
        self.say(f"  {part.name:<22}{'ready' if part.ready else 'done'} after {seconds:.1f} s")

    def ended(self, part: Part, code: int, wait: float, log: Path) -> None:
        self.say(f"{part.name} ended ({ending(code)}); starting it again in {wait:.0f} s. Its log: {log}")

    def failed(self, part: Part, reason: str, log: Path) -> None:
        self.say(f"\n{part.name}: {reason}. The last lines of {log}:")
        for line in last_lines(log):
            self.say(f"    {line}")
        what = part.advice or "Correct what it says"
        self.say(f"{what.rstrip('.')}. Then run `make run` again. Everything that was started is being stopped.")

    def table(self, settings: Mapping[str, str], parts: list[Part], folder: Path) -> None:
        names = {part.name for part in parts}
        table = Table(title=f"Sendero is ready, after {time.monotonic() - self.began:.1f} s", title_justify="left")
        table.add_column("what")
        table.add_column("where", no_wrap=True)
        for needed, what, where in _places(settings):
            if needed in names:
                table.add_row(what, where)
        self.console.print(table)
        if "booking web" in names:
            self.say(f"Log in as {_logins()}")
        self.say(f"Settings: {folder / 'settings.env'}   Logs: {folder / 'logs'} (make logs)   Try it: make demo")
        self.say("Stop with Ctrl-C. The data stays; `make clean` throws it away.")


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    with log.open(errors="replace") as lines:
        return [line.rstrip("\n")[:500] for line in deque(lines, count)]


def ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _logins() -> str:
    accounts = json.loads(ACCOUNTS.read_text())["accounts"]
    emails = ", ".join(account["email"] for account in accounts)
    return f"{emails}; the password is {accounts[0]['password']}"


def _places(settings: Mapping[str, str]) -> list[tuple[str, str, str]]:
    booking, referrals = settings["BOOKING_PUBLIC_URL"], settings["REFERRALS_PUBLIC_URL"]
    notifications = settings["NOTIFICATIONS_PUBLIC_URL"]
    return [
        ("booking web", "book an appointment", f"{booking}/"),
        ("booking web", "the office's day", f"{booking}/staff"),
        ("referrals web", "referrals", f"{referrals}/"),
        ("notifications web", "messages", f"{notifications}/"),
        ("postbox", "emails and SMS that were sent", settings["POSTBOX_URL"]),
        ("demo partner", "a partner agency", settings["PARTNER_URL"]),
        ("booking web", "operations", f"{booking}/operations"),
        ("booking web", "API of booking", f"{booking}/docs"),
        ("referrals web", "API of referrals", f"{referrals}/docs"),
        ("notifications web", "API of notifications", f"{notifications}/docs"),
        ("mongod", "MongoDB", f"127.0.0.1:{settings['MONGO_PORT']}"),
        ("broker", "Kafka protocol", settings["KAFKA_BOOTSTRAP_SERVERS"]),
    ]
