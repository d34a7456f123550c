"""What the local stack tells its parts: ports, addresses, and secrets that are made once and kept."""

from collections.abc import Mapping
from pathlib import Path

from deploy import replica_set, secrets

Settings = Mapping[str, str]

SERVICES = secrets.SERVICES
PORTS = {
    "BOOKING_PORT": 8001,
    "BOOKING_WORKER_PORT": 9001,
    "REFERRALS_PORT": 8002,
    "REFERRALS_WORKER_PORT": 9002,
    "NOTIFICATIONS_PORT": 8003,
    "NOTIFICATIONS_WORKER_PORT": 9003,
    "POSTBOX_PORT": 8025,
    "POSTBOX_SMTP_PORT": 2525,
    "PARTNER_PORT": 8026,
    "MONGO_PORT": 27117,
    "KAFKA_PORT": 19092,
}
HEADING = """\
# What the running stack was told; written anew by each `make run`.
# To change something give it in the environment: `make run BOOKING_PORT=8101`.
"""
SECRETS_HEADING = "# Made once by `make run`, for this machine only. Data cannot be read without them.\n"

SECRETS = {"MONGO_ADMIN_PASSWORD": secrets.word, **secrets.SECRETS}


def load(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """All settings, also written to `folder/settings.env`. What is given comes before what was made. Secrets
    that were made are kept apart, in `secrets.env`: data sealed with them would be lost with them."""
    kept = secrets.keep(folder / "secrets.env", SECRETS_HEADING, SECRETS)
    made = kept | {name: str(port) for name, port in PORTS.items()}
    made |= {name: given[name] for name in made if given.get(name)}
    settings = made | _addresses(made)
    settings |= {name: given[name] for name in settings if given.get(name)}
    secrets.write(folder / "settings.env", HEADING, settings)
    return settings


def own_mongod(given: Mapping[str, str]) -> bool:
    """False when every service was given a database elsewhere."""
    return not all(given.get(f"{service.upper()}_MONGO_URI") for service in SERVICES)


def own_broker(given: Mapping[str, str]) -> bool:
    return not given.get("KAFKA_BOOTSTRAP_SERVERS")


def of_part(settings: Settings, service: str | None, also: tuple[str, ...] = ()) -> dict[str, str]:
    """What one part is told: no other service's secrets, and of the rest those it needs."""
    hidden = {"MONGO_ADMIN_PASSWORD", "PARTNER_KEY", "PARTNER_WEBHOOK_SECRET", "BACKUP_KEYS"}
    hidden |= {f"{one.upper()}_MONGO_BACKUP_PASSWORD" for one in SERVICES}
    for other in set(SERVICES) - {service}:
        names = ("MONGO_URI", "MONGO_PASSWORD", "SECRET_KEY", "SEAL_KEYS", "FINGERPRINT_KEY")
        hidden |= {f"{other.upper()}_{name}" for name in names}
    if service is None:
        hidden |= {"PEOPLE_KEYS", "ACCESS_KEY", "OPERATIONS_KEY"}
    return {name: value for name, value in settings.items() if name not in hidden or name in also}


def _addresses(made: Settings) -> dict[str, str]:
    addresses = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{made['KAFKA_PORT']}",
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",  # on loopback, by a broker that knows no other
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": made["POSTBOX_SMTP_PORT"],
        "SMTP_STARTTLS": "false",
        "EMAIL_FROM": "no-reply@sendero.test",
        "SMS_URL": f"http://127.0.0.1:{made['POSTBOX_PORT']}/sms/v1/messages",
        "SMS_FROM": "SENDERO",
        "SMS_CALLBACK_URL": f"http://127.0.0.1:{made['NOTIFICATIONS_PORT']}/api/v1/providers/demo-sms/receipts",
        "HOST": "127.0.0.1",
        "POSTBOX_URL": f"http://127.0.0.1:{made['POSTBOX_PORT']}",
        "PARTNER_URL": f"http://127.0.0.1:{made['PARTNER_PORT']}",
        "WEBHOOK_ALLOWED_HOSTS": f"127.0.0.1:{made['PARTNER_PORT']}",
        "REFERRALS_URL": f"http://127.0.0.1:{made['REFERRALS_PORT']}",
        "SECURE_COOKIES": "false",
        "OPERATIONS_PEERS": ",".join(
            f"{service}=http://127.0.0.1:{made[f'{service.upper()}_PORT']}" for service in SERVICES
        ),
        "DRAIN_SECONDS": "0",  # nothing stands in front
    }
    for service in SERVICES:
        name = service.upper()
        addresses[f"{name}_PUBLIC_URL"] = f"http://127.0.0.1:{made[f'{name}_PORT']}"
        addresses[f"{name}_MONGO_URI"] = replica_set.uri(
            int(made["MONGO_PORT"]), service, made[f"{name}_MONGO_PASSWORD"], service
        )
    return addresses
