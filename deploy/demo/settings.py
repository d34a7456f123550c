"""Where the stack is: the environment says so, else the running `make run`, else the front door where `make up` or
`make k8s-up` opened it last, else the usual ports on this machine.
"""

import fcntl
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from deploy import certificates, cluster, composed, secrets

LOCAL = pathlib.Path(__file__).parents[2] / ".local"
USUAL = {"BOOKING": 8001, "REFERRALS": 8002, "NOTIFICATIONS": 8003, "POSTBOX": 8025, "PARTNER": 8026}
# by which the front doors of `make up` and `make k8s-up` are known
AUTHORITIES = (composed.FOLDER / certificates.TRUST, cluster.FOLDER / "secrets" / certificates.TRUST)


@dataclass(frozen=True)
class Settings:
    booking: str
    referrals: str
    notifications: str
    postbox: str
    partner: str
    partner_id: str
    password: str
    booking_staff: str
    referrals_staff: str
    notifications_staff: str


def load(given: Mapping[str, str] = os.environ) -> Settings:
    told = {**(running(LOCAL) or behind_the_door(LOCAL, given)), **given}

    def url(name: str, variable: str) -> str:
        here = f"http://127.0.0.1:{told.get(f'{name}_PORT') or USUAL[name]}"
        return (told.get(variable) or here).rstrip("/")

    public = {name: url(name, f"{name}_PUBLIC_URL") for name in ("BOOKING", "REFERRALS", "NOTIFICATIONS")}
    staff = {name: told.get(f"{name}_STAFF_URL") or address for name, address in public.items()}
    return Settings(
        booking=public["BOOKING"],
        referrals=public["REFERRALS"],
        notifications=public["NOTIFICATIONS"],
        booking_staff=staff["BOOKING"],
        referrals_staff=staff["REFERRALS"],
        notifications_staff=staff["NOTIFICATIONS"],
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


def behind_the_door(folder: pathlib.Path, given: Mapping[str, str]) -> dict[str, str]:
    """Addresses of what is reached through its front door only. None when we are told
    of services elsewhere: their staff do not come in by this door."""
    written = folder / composed.ADDRESSES.name
    if not written.exists() or any(f"{service.upper()}_PUBLIC_URL" in given for service in secrets.SERVICES):
        return {}
    return secrets.read(written)
