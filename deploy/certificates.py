"""The files of one installation in containers: its own authority, certificates, and passwords in Kafka. Made once;
certificates end, and are made anew by `renew`.

    secrets/            0700: on this machine nobody else gets in, since the containers' users must read what is below
      authority/        signs; no container is given it
      trust/            ca.pem: whom to trust
      kafka/            server.pem: key and certificate of the broker
      kafka-admin/      client.pem: who may make users and give rights
      kafka-SERVICE/    password: of the service's user in Kafka
      SERVICE-mongo/    server.pem: key and certificate of its database
      front/            server.pem: key and certificate of the front door, for this machine

What else is in it, from `compose.env`: handing_out.py. Needs `openssl` and nothing but Python's own library.
"""

import os
import secrets
import shutil
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.secrets import SERVICES

TRUST = Path("trust", "ca.pem")
BITS = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
DAYS_AUTHORITY, DAYS = 3650, 825
EARLY = timedelta(days=60)  # before its end a certificate is spoken of
EXTENSIONS = """\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = {name}
[extensions]
subjectKeyIdentifier = hash
"""
OF_AUTHORITY = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n"
OF_OTHERS = (
    "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nauthorityKeyIdentifier = keyid\n"
)


class NoOpenssl(Exception):
    """It is not installed."""


@dataclass(frozen=True)
class Certificate:
    """`name`: who it is, and for a server the host by which others reach it. `uses`: as openssl calls them."""

    name: str
    file: str
    uses: str


CERTIFICATES = {
    # brokers and controllers know each other by it, so it serves and asks
    "kafka": Certificate("kafka", "server.pem", "serverAuth, clientAuth"),
    "kafka-admin": Certificate("kafka-admin", "client.pem", "clientAuth"),
    **{f"{one}-mongo": Certificate(f"{one}-mongo", "server.pem", "serverAuth") for one in SERVICES},
    "front": Certificate("front", "server.pem", "serverAuth"),
}


def keep(folder: Path) -> None:
    """Makes what is missing; what is there stays as it is. Raises NoOpenssl."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    authority = folder / "authority"
    if not (authority / "ca.pem").exists():
        _make_authority(authority)
    keep_as(folder / TRUST, (authority / "ca.pem").read_bytes())
    for place, one in CERTIFICATES.items():
        if not (folder / place / one.file).exists():
            keep_as(folder / place / one.file, _signed(authority, one))
    for service in SERVICES:
        if not password_file(folder, service).exists():
            renew_password(folder, service)


def renew(folder: Path, now: datetime) -> None:
    """Other certificates in place of all that there are, and another authority if this one would end before them.
    Passwords stay. Raises NoOpenssl."""
    lasting = now + timedelta(days=DAYS)
    if (folder / TRUST).exists() and _end(folder / TRUST) < lasting:
        shutil.rmtree(folder / "authority")
    for place, one in CERTIFICATES.items():
        (folder / place / one.file).unlink(missing_ok=True)
    keep(folder)


def first_end(folder: Path) -> datetime:
    """When the first of them ends. Raises NoOpenssl."""
    files = [folder / TRUST, *(folder / place / one.file for place, one in CERTIFICATES.items())]
    return min(_end(file) for file in files)


def _end(file: Path) -> datetime:
    told = _openssl(["x509", "-in", str(file), "-noout", "-enddate"]).decode()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told.partition("=")[2].strip()), UTC)


def password_file(folder: Path, service: str) -> Path:
    return folder / f"kafka-{service}" / "password"


def renew_password(folder: Path, service: str) -> None:
    """Whoever reads it next has the new one."""
    keep_as(password_file(folder, service), f"{secrets.token_urlsafe(36)}\n".encode())


def keep_as(path: Path, content: bytes) -> None:
    """In place of what is there, at once: a container that has the folder sees the new file."""
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(0o755)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(content)
    fresh.chmod(0o444)
    fresh.rename(path)


def _make_authority(place: Path) -> None:
    place.mkdir(exist_ok=True)
    place.chmod(0o700)
    key, certificate = place / "ca.key", place / "new.pem"
    key.unlink(missing_ok=True)  # one without its certificate signs nothing
    told = EXTENSIONS.format(name="Sendero, this installation") + OF_AUTHORITY
    _request(told, ["-keyout", str(key), "-out", str(certificate), "-days", str(DAYS_AUTHORITY)])
    key.chmod(0o400)
    certificate.rename(place / "ca.pem")


def _signed(authority: Path, one: Certificate) -> bytes:
    """Key and certificate in one file."""
    hosts = f"DNS:{one.name}, DNS:localhost, IP:127.0.0.1"
    told = EXTENSIONS.format(name=one.name) + OF_OTHERS + f"extendedKeyUsage = {one.uses}\nsubjectAltName = {hosts}\n"
    by = ["-CA", str(authority / "ca.pem"), "-CAkey", str(authority / "ca.key")]
    made = authority / "made.pem"
    key = _request(told, [*by, "-keyout", "-", "-out", str(made), "-days", str(DAYS)])
    certificate = made.read_bytes()
    made.unlink()
    return key + certificate


def _request(told: str, arguments: list[str]) -> bytes:
    return _openssl(["req", "-x509", "-config", "/dev/stdin", *BITS, *arguments], told)


def _openssl(arguments: list[str], told: str = "") -> bytes:
    program = shutil.which("openssl")
    if program is None:
        raise NoOpenssl("openssl is missing: sudo apt-get install -y openssl")
    done = subprocess.run([program, *arguments], input=told.encode(), capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"openssl: {done.stderr.decode()}")
    return done.stdout
