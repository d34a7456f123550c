"""`make up` around docker compose: `settings` writes what the containers are told, `made` says where, `table` what is
where, `failed` why it did not start. `rotate SERVICE` gives the service another password in Kafka, `renew` all of them
other certificates.

Needs `openssl` and nothing but Python's own library.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from deploy import certificates, handing_out, secrets

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".local" / "compose.env"
FOLDER = ROOT / ".local" / "secrets"
ADDRESSES = ROOT / ".local" / "door.env"
ACCOUNTS = ROOT / "deploy" / "local" / "accounts.json"
PROJECT = os.environ.get("COMPOSE_PROJECT_NAME") or "sendero"
COMPOSE = ("docker", "compose", "--project-name", PROJECT)
DOOR = {"PUBLIC": 8443, "PARTNERS": 8444, "STAFF": 8445}
PORTS = {"POSTBOX": 8025, "PARTNER": 8026, "WEBSITE": 8027, "PROMETHEUS": 9090}
HEADING = """\
# What the containers are told. Written by the first `make up`, then kept: data cannot be read without these secrets.
# Ports and images come from the environment: `make up PUBLIC_PORT=9443`, or are added here.
"""
OF_ADDRESSES = "# Where the door was opened last, for `make demo`. Written by each `make up` and `make k8s-up`.\n"
OF_SETUP = ("MONGO_ADMIN_PASSWORD", "MONGO_SETUP_PASSWORD")
SECRETS = {
    **{f"{service.upper()}_{name}": secrets.word for service in secrets.SERVICES for name in OF_SETUP},
    **secrets.SECRETS,
}
DEMO = {  # mail, SMS and webhooks go to the demo programs
    "SMTP_HOST": "postbox",
    "SMTP_PORT": "2525",
    "SMTP_STARTTLS": "false",
    "EMAIL_FROM": "no-reply@sendero.test",
    "SMS_URL": "http://postbox:8025/sms/v1/messages",
    "SMS_FROM": "SENDERO",
    "WEBHOOK_ALLOWED_HOSTS": "partner:8026",
    "SAMPLE_PARTNER_URL": "http://partner:8026",
}


def settings(path: Path = FILE, folder: Path = FOLDER) -> None:
    kept = secrets.keep(path, HEADING, SECRETS | {name: lambda value=value: value for name, value in DEMO.items()})
    try:
        certificates.keep(folder)
        remind(certificates.first_end(folder), datetime.now(UTC))
    except certificates.NoOpenssl as error:
        sys.exit(str(error))
    for place in handing_out.write(folder, kept | os.environ):
        print(f"{place} has other secrets now, and reads them when it starts: docker compose -p {PROJECT} restart")


def made(path: Path = FILE, folder: Path = FOLDER) -> None:
    settings(path, folder)
    print(f"Keep {path} and {folder}: without them data cannot be read")


def remind(end: datetime, now: datetime) -> None:
    if end < now:
        print(f"The certificates ended on {end:%Y-%m-%d}: nobody is let in. `make certificates` renews them.")
    elif end < now + certificates.EARLY:
        print(f"The certificates end on {end:%Y-%m-%d}. `make certificates` renews them.")


def renew(folder: Path = FOLDER) -> None:
    """The first half: the containers read theirs when they start."""
    try:
        certificates.renew(folder, datetime.now(UTC))
        print(f"The certificates are good until {certificates.first_end(folder):%Y-%m-%d}.")
    except certificates.NoOpenssl as error:
        sys.exit(str(error))


def rotate(service: str, folder: Path = FOLDER) -> None:
    """The first half: its worker reads the new password when it signs in next, and goes on with the sessions that it
    has meanwhile. The second half is the job SERVICE-kafka-rights, which tells Kafka."""
    if service not in secrets.SERVICES:
        sys.exit(f"SERVICE is one of {', '.join(secrets.SERVICES)}")
    if not folder.exists():
        sys.exit("There are no passwords here yet: `make up` makes them")
    certificates.renew_password(folder, service)


def told() -> dict[str, str]:
    """What compose reads: the file, and before it the environment."""
    return {**(secrets.read(FILE) if FILE.exists() else {}), **os.environ}


def table() -> None:
    welcome(origins(), FOLDER / certificates.TRUST)
    print(f"Settings: {FILE}, {FOLDER}   Logs: docker compose -p {PROJECT} logs -f   Try it: make demo")
    print("Stop with `make down`. The data stays; `make down VOLUMES=1` throws it away.")


def welcome(at: Mapping[str, str], authority: Path) -> None:
    """Says what is where behind a door, and writes it down for the demo."""
    secrets.write(ADDRESSES, OF_ADDRESSES, addresses(at))
    for what, where in places(at):
        print(f"  {what:<30}  {where}")
    accounts = json.loads(ACCOUNTS.read_text())["accounts"]
    print(f"Log in as {', '.join(one['email'] for one in accounts)}; the password is {accounts[0]['password']}")
    print(f"A browser asks whether to trust this address: its authority is {authority}")


def failed() -> None:
    """The last lines of every container that ended badly or is not well."""
    listed = subprocess.run([*COMPOSE, "ps", "--all", "--format", "json"], capture_output=True, check=True, text=True)
    for line in listed.stdout.splitlines():
        one = json.loads(line)
        if one["ExitCode"] or one["Health"] == "unhealthy" or one["State"] == "restarting":
            print(f"\n{one['Service']}: {one['Status']}. Its last lines:", flush=True)
            subprocess.run([*COMPOSE, "logs", "--no-log-prefix", "--tail", "15", one["Service"]], check=True)
    print(
        "\nCorrect what it says, then `make up` again. A port that is taken is changed so: `make up PUBLIC_PORT=9443`."
    )


def origins() -> dict[str, str]:
    """Of the door, of the demo's programs and of who watches, as people on this machine or elsewhere call them."""
    given = told()

    def here(scheme: str, name: str, port: int) -> str:
        return f"{scheme}://127.0.0.1:{given.get(f'{name}_PORT') or port}"

    door = {name: (given.get(f"{name}_URL") or here("https", name, port)).rstrip("/") for name, port in DOOR.items()}
    return door | {name: here("http", name, port) for name, port in PORTS.items()}


def addresses(at: Mapping[str, str]) -> dict[str, str]:
    """As the demo's settings name them."""
    return {
        "BOOKING_PUBLIC_URL": at["PUBLIC"],
        "REFERRALS_PUBLIC_URL": at["PARTNERS"],
        "NOTIFICATIONS_PUBLIC_URL": f"{at['PUBLIC']}/m",
        **{f"{service.upper()}_STAFF_URL": f"{at['STAFF']}/{service}" for service in secrets.SERVICES},
        "POSTBOX_URL": at["POSTBOX"],
        "PARTNER_URL": at["PARTNER"],
    }


def places(at: Mapping[str, str]) -> list[tuple[str, str]]:
    watching = [("figures and alerts", at["PROMETHEUS"])] if os.environ.get("WATCH") and "PROMETHEUS" in at else []
    return [
        ("book an appointment", f"{at['PUBLIC']}/"),
        ("messages", f"{at['PUBLIC']}/m/"),
        ("API of booking", f"{at['PUBLIC']}/docs"),
        ("API for partner agencies", f"{at['PARTNERS']}/docs"),
        ("the office's day", f"{at['STAFF']}/booking/staff"),
        ("referrals", f"{at['STAFF']}/referrals/"),
        ("operations", f"{at['STAFF']}/booking/operations"),
        ("emails and SMS that were sent", at["POSTBOX"]),
        ("a partner agency", at["PARTNER"]),
        ("an agency's own web site", at["WEBSITE"]),
        *watching,
    ]


COMMANDS: dict[str, Callable[..., None]] = {
    "settings": settings,
    "made": made,
    "table": table,
    "failed": failed,
    "rotate": rotate,
    "renew": renew,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
