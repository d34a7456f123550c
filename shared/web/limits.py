"""How many requests a network may make: the library `limits`, counted in the service's own database.

Generous, because whole neighbourhoods share one address; what must be strict is per contact or per person
(throttling.py). Each process tells the database what it counted, and hears of the others, at most once a second: a
network may overshoot by what the others let through in that second. When the database is away each process counts for
itself until it is back, and says so in the log.
"""

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

import limits
from flask import Flask, current_app, request
from limits.storage import MongoDBStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo import IndexModel, MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from shared import errors
from shared.telemetry import log
from shared.web import context

NAME = "limits"
TELL_SECONDS = 1
MOST_NETWORKS = 20_000  # that a process counts; one more, and it begins anew
COLLECTIONS = {"rate_limits": [IndexModel("expireAt", expireAfterSeconds=0)]}
UNLIMITED = ("/healthz", "/readyz", "/metrics", "/static/", "/shared/")


def network() -> str:
    """The caller's network under a keyed hash: an IPv4 address, or the /64 of an IPv6 one."""
    address = request.remote_addr or ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        pass
    else:
        if isinstance(parsed, ipaddress.IPv6Address) and not parsed.ipv4_mapped:
            address = str(ipaddress.ip_network((parsed, 64), strict=False))
    key = context.settings().secret_key
    return hmac.new(key.encode(), f"network|{address}".encode(), sha256).hexdigest()[:24]


@dataclass
class Count:
    told_at: float
    known: int = 0  # by the database when it was told last
    here: int = 0  # since


class Counters(MongoDBStorage):
    """The library's storage, told of many requests at once. Its client goes with the process: closed by `__del__`, it
    only fails at the exit."""

    STORAGE_SCHEME = ["sendero"]

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri, **options)
        self._lock = threading.Lock()
        self._counts: dict[str, Count] = {}

    @property
    def storage(self) -> MongoClient:
        """Without the library's making of indexes at each start, for which a web process has no right."""
        if self._storage is None:
            self._storage = self._init_mongo_client(self._storage_uri, **self._storage_options)
        return self._storage

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.monotonic()
        with self._lock:
            count = self._counts.get(key)
            if count and now - count.told_at < TELL_SECONDS:
                count.here += amount
                return count.known + count.here
            # what was counted before the window at hand does not belong to it
            untold = amount + (count.here if count and now - count.told_at < expiry else 0)
            if len(self._counts) >= MOST_NETWORKS:
                self._counts.clear()
            self._counts[key] = told = Count(now, count.known if count else 0)
        try:
            told.known = super().incr(key, expiry, untold)
        except PyMongoError as error:
            log.warning("requests are counted by this process alone", error=type(error).__name__)
            told.here += untold
        return told.known + told.here

    def _init_mongo_client(self, uri: str | None, **options: int | str | bool) -> MongoClient:
        return super()._init_mongo_client((uri or "").removeprefix("sendero:"), **options)

    def __del__(self) -> None:
        """Nothing to do."""


def init_app(app: Flask) -> None:
    settings = context.service().settings
    counters = Counters(
        f"sendero:{settings.mongo_uri}",
        database_name=parse_uri(settings.mongo_uri)["database"] or settings.service,
        counter_collection_name="rate_limits",
        window_collection_name="rate_windows",
        timeoutMS=1000,
        serverSelectionTimeoutMS=1000,
    )
    app.extensions[NAME] = FixedWindowRateLimiter(counters)
    of_all = limits.parse(settings.rate_limit)

    @app.before_request
    def count() -> None:
        if not request.path.startswith(UNLIMITED):
            _hit(of_all, "all", network())


def at_most(rate: str, scope: str = "", by: Callable[[], str] = network) -> Callable[[Any], Any]:
    """A route's own limit, such as `"60/minute"`; routes that name the same `scope` share one."""
    limit = limits.parse(rate)

    def decorate(view: Any) -> Any:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            _hit(limit, scope or request.endpoint or "", by())
            return view(*args, **kwargs)

        return limited

    return decorate


def _hit(limit: limits.RateLimitItem, *whose: str) -> None:
    if not current_app.extensions[NAME].hit(limit, *whose):
        raise errors.TooMany(retry_after=limit.get_expiry())
