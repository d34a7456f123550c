"""What a service is told from outside: read from the environment when asked, refused by name when missing.

Each variable may also be given as a file, `NAME_FILE` (container secrets).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

from shared import sealed
from shared.kafka_security import Security
from shared.retention import Retention


@dataclass(frozen=True)
class Settings:
    """The part that every service has; a service with more subclasses this and extends `read`."""

    service: str
    mongo_uri: str = field(repr=False)
    kafka_bootstrap_servers: list[str]
    kafka_replication_factor: int
    kafka_security: Security = field(default_factory=Security, kw_only=True)
    secret_key: str = field(repr=False)
    seal_keys: sealed.Keys = field(repr=False)
    people_keys: sealed.Keys = field(repr=False)
    access_key: str = field(repr=False)
    public_url: str
    staff_url: str = field(default="", kw_only=True)  # where staff and operators come in; "": as everybody
    worker_host: str
    worker_port: int
    retention: Retention = field(default_factory=Retention, kw_only=True)
    secure_cookies: bool
    trusted_proxies: int
    rate_limit: str
    session_hours: int
    session_idle_minutes: int
    drain_file: str
    longest_wait: float = field(default=5.0, kw_only=True)  # seconds of a request for its turn: web/turns.py
    operations_peers: Mapping[str, str] = field(default_factory=dict, kw_only=True)  # other services: name to address
    cors_origins: tuple[str, ...] = field(default=(), kw_only=True)  # sites whose pages may call the public API
    operations_key: str = field(default="", repr=False, kw_only=True)  # what they show each other; "": none is read

    @property
    def for_staff(self) -> str:
        """The address at which staff and operators reach this service."""
        return self.staff_url or self.public_url

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        """The fields of this class from the environment. Raises environs.EnvError naming the variable."""
        prefix = service.upper()
        return {
            "service": service,
            "mongo_uri": env.str(f"{prefix}_MONGO_URI"),
            "kafka_bootstrap_servers": env.list("KAFKA_BOOTSTRAP_SERVERS"),
            "kafka_replication_factor": env.int("KAFKA_REPLICATION_FACTOR", 1),
            "kafka_security": Security.read(env, service),
            "secret_key": long_enough(env, f"{prefix}_SECRET_KEY"),
            "seal_keys": sealed.Keys.parse(env.str(f"{prefix}_SEAL_KEYS")),
            "people_keys": sealed.Keys.parse(env.str("PEOPLE_KEYS")),
            "access_key": long_enough(env, "ACCESS_KEY"),
            "public_url": env.str(f"{prefix}_PUBLIC_URL").rstrip("/"),
            "staff_url": env.str(f"{prefix}_STAFF_URL", "").rstrip("/"),
            "worker_host": env.str("WORKER_HOST", "127.0.0.1"),
            "worker_port": env.int(f"{prefix}_WORKER_PORT"),
            "retention": Retention.read(env),
            "secure_cookies": env.bool("SECURE_COOKIES", True),
            "trusted_proxies": env.int("TRUSTED_PROXIES", 0),
            "rate_limit": env.str("RATE_LIMIT", "3000/minute"),
            "session_hours": env.int("SESSION_HOURS", 12),
            "session_idle_minutes": env.int("SESSION_IDLE_MINUTES", 30),
            "drain_file": env.str("DRAIN_FILE", ""),
            "longest_wait": env.float("LONGEST_WAIT_SECONDS", 5.0),
            "cors_origins": _origins(env),
            **_peers(env, service),
        }


AnySettings = TypeVar("AnySettings", bound=Settings)


def environment() -> FileAwareEnv:
    """Where settings stand. Most files end their one line."""
    return FileAwareEnv(strip_whitespace=True)


def load(service: str, cls: type[AnySettings] = Settings) -> AnySettings:  # type: ignore[assignment]
    """All settings of one service. Raises environs.EnvError, which names what is missing or wrong."""
    try:
        values = cls.read(environment(), service)
    except EnvError:
        raise
    except ValueError as error:
        raise EnvError(str(error)) from error
    return cls(**{one.name: values[one.name] for one in fields(cls)})


def long_enough(env: FileAwareEnv, name: str) -> str:
    value = env.str(name)
    if len(value) < 32:
        raise ValueError(f"{name} must have at least 32 characters")
    return value


def _peers(env: FileAwareEnv, service: str) -> dict[str, Any]:
    """Every service may be given the same list: itself is left out."""
    given: list[str] = env.list("OPERATIONS_PEERS", [])
    peers = dict(_peer(one.strip()) for one in given if one.strip())
    peers.pop(service, None)
    key = long_enough(env, "OPERATIONS_KEY") if peers or env.str("OPERATIONS_KEY", "") else ""
    return {"operations_peers": peers, "operations_key": key}


def _peer(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    address = urlsplit(url)
    if not name.isidentifier() or address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("OPERATIONS_PEERS must be name=url,… with http or https addresses")
    return name, url.rstrip("/")


def _origins(env: FileAwareEnv) -> tuple[str, ...]:
    given: list[str] = env.list("CORS_ORIGINS", [])
    return tuple(_origin(one.strip()) for one in given if one.strip())


def _origin(origin: str) -> str:
    """As a browser writes it: no path, no pattern, in small letters."""
    parts = urlsplit(origin)
    known = parts.scheme in ("http", "https") and parts.hostname and not set(origin) & set("*@")
    if not known or origin != f"{parts.scheme}://{parts.netloc}".lower():
        raise ValueError(f"CORS_ORIGINS must be origins such as https://www.example.org, not {origin}")
    return origin
