"""`make up` around docker compose: `settings` writes what the containers are told, `table` says what is where.

Needs nothing but Python's own library.
"""

import json
import os
import sys
from pathlib import Path

from deploy import secrets

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".local" / "compose.env"
ACCOUNTS = ROOT / "deploy" / "local" / "accounts.json"
PORTS = {"BOOKING": 8001, "REFERRALS": 8002, "NOTIFICATIONS": 8003, "POSTBOX": 8025, "PARTNER": 8026}
HEADING = """\
# What the containers are told. Written by the first `make up`, then kept: data cannot be read without these secrets.
# Ports and images come from the environment: `make up BOOKING_PORT=8101`.
"""
SECRETS = {f"{service.upper()}_MONGO_ADMIN_PASSWORD": secrets.word for service in secrets.SERVICES} | secrets.SECRETS
DEMO = {  # mail, SMS and webhooks go to the demo programs; cookies travel by plain HTTP
    "SECURE_COOKIES": "false",
    "SMTP_HOST": "postbox",
    "SMTP_PORT": "2525",
    "SMTP_STARTTLS": "false",
    "EMAIL_FROM": "no-reply@sendero.test",
    "SMS_URL": "http://postbox:8025/sms/v1/messages",
    "SMS_FROM": "SENDERO",
    "WEBHOOK_ALLOWED_HOSTS": "partner:8026",
    "SAMPLE_WEBHOOKS": "unhcr=http://partner:8026/webhook/unhcr",
}


def settings(path: Path = FILE) -> None:
    secrets.keep(path, HEADING, SECRETS | {name: lambda value=value: value for name, value in DEMO.items()})


def table() -> None:
    for what, where in places():
        print(f"  {what:<28}  {where}")
    accounts = json.loads(ACCOUNTS.read_text())["accounts"]
    print(f"Log in as {', '.join(one['email'] for one in accounts)}; the password is {accounts[0]['password']}")
    print(f"Settings: {FILE}   Logs: docker compose -p sendero logs -f   Try it: make demo")
    print("Stop with `make down`. The data stays; `make down VOLUMES=1` throws it away.")


def places() -> list[tuple[str, str]]:
    base = {name: f"http://127.0.0.1:{os.environ.get(f'{name}_PORT') or port}" for name, port in PORTS.items()}
    return [
        ("book an appointment", f"{base['BOOKING']}/"),
        ("the office's day", f"{base['BOOKING']}/staff"),
        ("referrals", f"{base['REFERRALS']}/"),
        ("messages", f"{base['NOTIFICATIONS']}/"),
        ("emails and SMS that were sent", base["POSTBOX"]),
        ("a partner agency", base["PARTNER"]),
        ("operations", f"{base['BOOKING']}/operations"),
        ("API of booking", f"{base['BOOKING']}/docs"),
        ("API of referrals", f"{base['REFERRALS']}/docs"),
        ("API of notifications", f"{base['NOTIFICATIONS']}/docs"),
    ]


if __name__ == "__main__":
    {"settings": settings, "table": table}[sys.argv[1]]()
