"""Calling a partner's webhook: which addresses may be called, the signature, one attempt.

An address inside a network of ours is refused, unless an operator put it on WEBHOOK_ALLOWED_HOSTS. The name is resolved
once per attempt, every address it has must be public, and the connection goes to the address that was checked: a name
that answers differently a moment later gains nothing. No redirect is followed and no answer's body is read.
"""

import contextlib
import email.utils
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from standardwebhooks import Webhook

from services.referrals import model
from shared import clock, errors
from shared.errors import N_

NOT_A_URL = N_("This is not a web address that can be called.")
HTTPS_ONLY = N_("Only https addresses are called.")
UNRESOLVABLE = N_("The name in this address cannot be resolved.")
NOT_PUBLIC = N_("This address is not on the public internet.")
CODES = {NOT_A_URL: "not-a-url", HTTPS_ONLY: "https-only", UNRESOLVABLE: "unresolvable", NOT_PUBLIC: "address-refused"}

PORTS = {"http": 80, "https": 443}
MOST_ADDRESSES = 3
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# within what looks public: translations to IPv4, protocol assignments, documentation, retired anycast
NEVER = [
    ipaddress.ip_network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")
]

Resolve = Callable[[str, int], list[str]]
Sock = TypeVar("Sock", bound=socket.socket)


class TargetRefused(errors.Invalid):
    code = "webhook-target-refused"
    title = N_("This address cannot be a webhook")

    @property
    def short(self) -> str:
        return CODES[self.errors["url"]]


@dataclass(frozen=True)
class Target:
    """An address that may be called: where to connect, and what to say there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check(url: str, allowed: tuple[str, ...], resolve: Resolve = resolve) -> Target:
    """Raises TargetRefused. Sends nothing but the question to the resolver."""
    parts, host, port = _parse(url)
    is_allowed = host in allowed or f"{host}:{port}" in allowed
    if parts.scheme != "https" and not is_allowed:
        raise TargetRefused(errors={"url": HTTPS_ONLY})
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        raise TargetRefused(errors={"url": UNRESOLVABLE}) from None
    if not addresses:
        raise TargetRefused(errors={"url": UNRESOLVABLE})
    if not is_allowed and not all(is_public(address) for address in addresses):
        raise TargetRefused(errors={"url": NOT_PUBLIC})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, tuple(addresses))


def _parse(url: str) -> tuple[SplitResult, str, int]:
    refused = TargetRefused(errors={"url": NOT_A_URL})
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise refused
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refused from None
    if parts.scheme not in PORTS or not host or "%" in host or "@" in parts.netloc or parts.fragment or port == 0:
        raise refused
    return parts, host.rstrip("."), port or PORTS[parts.scheme]


def is_public(address: str) -> bool:
    """By what is good rather than by what is bad: global unicast, and nothing that stands for another address."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip not in GLOBAL_UNICAST:
        return False
    if ip.is_multicast or ip.is_reserved or any(ip.version == net.version and ip in net for net in NEVER):
        return False
    return ip.is_global


def deliver(
    url: str,
    event_id: str,
    body: dict[str, Any],
    secrets: tuple[str, ...],
    allowed: tuple[str, ...],
    timeout: float,
    resolve: Resolve = resolve,
) -> model.Answer:
    """One attempt, checked and signed anew. Never raises for what the other side does."""
    started = time.monotonic()
    try:
        target = check(url, allowed, resolve)
    except TargetRefused as refused:
        return model.Answer(None, refused.short, _since(started))
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return _post(target, signed(event_id, text, secrets, clock.now()), text.encode(), timeout)


def signed(event_id: str, text: str, secrets: tuple[str, ...], now: datetime) -> dict[str, str]:
    """Standard Webhooks 1.0: a signature by each secret that is valid."""
    return {
        "content-type": "application/json",
        "user-agent": "Sendero-Webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(event_id, now, text) for secret in secrets),
    }


def _post(target: Target, headers: dict[str, str], body: bytes, timeout: float) -> model.Answer:
    started = time.monotonic()
    watched = _Watched(2 * timeout)
    try:
        with watched:
            response = _exchange(target, headers, body, timeout, watched)
            wait = retry_after(response.headers.get("retry-after"), clock.now())
            return model.Answer(response.status, None, _since(started), wait)
    except (OSError, http.client.HTTPException) as error:
        return model.Answer(None, "timeout" if watched.is_over else _code(error), _since(started))


def _exchange(
    target: Target, headers: dict[str, str], body: bytes, timeout: float, watched: "_Watched"
) -> http.client.HTTPResponse:
    plain = watched.watch(_connect(target, timeout))
    if target.scheme == "https":
        context = ssl.create_default_context()
        secure = context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
        watched.watch(secure).do_handshake()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
    connection.default_port = PORTS[target.scheme]  # decides whether Host names the port
    connection.sock = watched.sock
    connection.request("POST", target.path, body, headers)
    return connection.getresponse()


def _connect(target: Target, timeout: float) -> socket.socket:
    """To the first checked address that takes a connection."""
    failure: OSError = ConnectionError("no address")
    for address in target.addresses[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((address, target.port), timeout)
        except OSError as error:
            failure = error
    raise failure


class _Watched:
    """Ends an exchange that takes too long as a whole: a time-out per read can be fed a byte at a time."""

    def __init__(self, seconds: float) -> None:
        self.sock: socket.socket | None = None
        self.is_over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def watch(self, sock: Sock) -> Sock:
        """Raises TimeoutError when the time is over already."""
        self.sock = sock
        if self.is_over:
            raise TimeoutError
        return sock

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self.sock:
            self.sock.close()

    def _end(self) -> None:
        self.is_over = True
        with contextlib.suppress(OSError):  # it may have ended by itself this very moment
            if self.sock:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or a date; what cannot be read is as if nothing was said."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 86_400))
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now


def _code(error: Exception) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLCertVerificationError, "certificate"),
        (TimeoutError, "timeout"),
        (ssl.SSLError, "tls"),
        (OSError, "connection"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "protocol")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
