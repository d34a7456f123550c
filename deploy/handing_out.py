"""Which secret goes into which container of `make up`: a file each, in a folder that is mounted there and nowhere else.

    secrets/
      SERVICE/               what its processes share, and the way into its database for what runs on
      SERVICE-setup/         the way into its database for the job that sets up
      SERVICE-backup/        the key that seals backups, and the way into its database for what copies it
      SERVICE-restore/       the same key, and the way into its database for what brings it back
      SERVICE-mongo-setup/   the passwords of all users of its database
      postbox/ partner/      of the demo's programs

So none stands in a container's environment, which every listing of it shows, and every process that it starts.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_plus

from deploy import certificates
from deploy.secrets import SECRETS, SERVICES

TLS = "replicaSet=rs0&tls=true&tlsCAFile=/run/trust/ca.pem"
OF_ALL = ("PEOPLE_KEYS", "ACCESS_KEY", "OPERATIONS_KEY")
OWN = ("SECRET_KEY", "SEAL_KEYS", "FINGERPRINT_KEY")
OF_SMS = ("SMS_KEY", "SMS_RECEIPT_SECRET")
OF_BACKUP = ("BACKUP_KEYS",)
OF_MONGO = ("MONGO_ADMIN_PASSWORD", "MONGO_PASSWORD", "MONGO_SETUP_PASSWORD", "MONGO_BACKUP_PASSWORD")
OF_PARTNER = ("PARTNER_KEY", "PARTNER_WEBHOOK_SECRET")


def files(told: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Folder to the files in it, each with its content."""
    found = {"postbox": _of(told, OF_SMS), "partner": _of(told, OF_PARTNER)}
    for service in SERVICES:
        prefix = service.upper()
        own = [name for one in OWN if (name := f"{prefix}_{one}") in SECRETS]
        sms = OF_SMS if service == "notifications" else ()
        partner = OF_PARTNER if service == "referrals" else ()
        admin, runs, sets_up, copies = (told[f"{prefix}_{name}"] for name in OF_MONGO)
        uri = f"{prefix}_MONGO_URI"
        found[service] = _of(told, (*OF_ALL, *own, *sms)) | {uri: _uri(service, service, runs)}
        found[f"{service}-setup"] = _of(told, partner) | {uri: _uri(service, f"{service}-setup", sets_up)}
        found[f"{service}-backup"] = _of(told, OF_BACKUP) | {uri: _uri(service, f"{service}-backup", copies)}
        found[f"{service}-restore"] = _of(told, OF_BACKUP) | {uri: _uri(service, f"{service}-setup", sets_up)}
        found[f"{service}-mongo-setup"] = dict(zip(OF_MONGO, (admin, runs, sets_up, copies), strict=True))
    return found


def write(folder: Path, told: Mapping[str, str]) -> list[str]:
    """The folders in which something is not what it was: their containers read it when they start."""
    changed = set()
    for place, inside in files(told).items():
        for name, value in inside.items():
            path = folder / place / name
            if path.exists() and path.read_text() == value:
                continue
            if path.exists():
                changed.add(place)
            certificates.keep_as(path, value.encode())
    return sorted(changed)


def _of(told: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: told[name] for name in names}


def _uri(service: str, user: str, password: str) -> str:
    return f"mongodb://{user}:{quote_plus(password)}@{service}-mongo:27017/{service}?{TLS}"
