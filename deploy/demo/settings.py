"""Where the stack is: the environment says so, else the running `make run`, else its usual ports on this machine."""

import fcntl
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

LOCAL = pathlib.Path(__file__).parents[2] / ".local"
USUAL = {"BOOKING": 8001, "REFERRALS": 8002, "NOTIFICATIONS": 8003, "POSTBOX": 8025, "PARTNER": 8026}


@dataclass(frozen=True)
class Settings:
    booking: str
    referrals: str
    notifications: str
    postbox: str
    partner: str
    partner_id: str
    password: str


def load(given: Mapping[str, str] = os.environ) -> Settings:
    told = {**running(LOCAL), **given}

    def url(name: str, variable: str) -> str:
        here = f"http://127.0.0.1:{told.get(f'{name}_PORT') or USUAL[name]}"
        return (told.get(variable) or here).rstrip("/")

    return Settings(
        booking=url("BOOKING", "BOOKING_PUBLIC_URL"),
        referrals=url("REFERRALS", "REFERRALS_PUBLIC_URL"),
        notifications=url("NOTIFICATIONS", "NOTIFICATIONS_PUBLIC_URL"),
        postbox=url("POSTBOX", "POSTBOX_URL"),
        partner=url("PARTNER", "PARTNER_URL"),
        partner_id=told.get("PARTNER_ID") or "unhcr",
        password=told.get("DEMO_PASSWORD") or "sendero-demo",
    )


def running(folder: pathlib.Path) -> dict[str, str]:
    """Addresses and ports that a running `make run` wrote down; it holds the lock as long as it runs."""
    lock, written = folder / "lock", folder / "settings.env"
    if not (lock.exists() and written.exists()):
        return {}
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lines = (line.partition("=") for line in written.read_text("utf-8").splitlines() if line[:1] != "#")
            return {name: value for name, _, value in lines if name.endswith(("_PORT", "_URL"))}
    return {}
