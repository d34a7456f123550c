"""How a service makes itself known to Kafka, and who refuses whom: found out at once, and told by name.

kafka-python tells a wrong password, a certificate that nobody signed and a closed port alike, by a time-out after half
a minute. So before a client is made we sign in by hand, on a connection of our own, and hear the broker's own word.
"""

import socket
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import FileAwareEnv
from kafka.net.sasl.scram import ScramClient

from shared.telemetry import CERTIFICATE_END

PLAINTEXT, SSL, SASL_SSL = "PLAINTEXT", "SSL", "SASL_SSL"
PROTOCOLS = (PLAINTEXT, SSL, SASL_SSL)
MECHANISM = "SCRAM-SHA-512"
ANSWER_SECONDS = 10.0
LONGEST_ANSWER = 1_000_000
# Kafka's numbers of what is asked:
API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36


class Refused(Exception):
    """Kafka is there and does not do what we ask, or we do not trust it. Waiting alone mends nothing."""


class WrongPassword(Refused):
    """No such user, or another password."""


class WrongMechanism(Refused):
    """The broker takes no SCRAM-SHA-512 here."""


class NotTrusted(Refused):
    """No TLS, or a certificate that one side does not take."""


class ForbiddenTopic(Refused):
    """The user has no right on a topic."""


class FileMissing(Refused):
    """A file that the settings name is not there, or not ours to read."""


@dataclass(frozen=True)
class PasswordFile:
    """A password as kafka-python takes one. Read at each sign-in, also at those that renew a session: whoever puts
    another password into the file need not start us anew."""

    path: str

    def read(self) -> str:
        try:
            return Path(self.path).read_text().strip()
        except OSError as error:
            raise FileMissing(f"KAFKA_PASSWORD_FILE {self.path}: {error.strerror}") from None

    def encode(self, encoding: str) -> bytes:
        return self.read().encode(encoding)


@dataclass(frozen=True)
class Security:
    """`user` and `password_file` belong to SASL_SSL; `certificate_file` (certificate and key) names us to a listener
    that asks for it."""

    protocol: str = PLAINTEXT
    user: str = ""
    password_file: str = ""
    ca_file: str = ""
    certificate_file: str = ""

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> "Security":
        """Strict where nothing is said. Raises EnvError, ValueError naming the variable."""
        protocol = env.str("KAFKA_SECURITY_PROTOCOL", SASL_SSL)
        if protocol not in PROTOCOLS:
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL must be one of {', '.join(PROTOCOLS)}")
        if protocol == PLAINTEXT:
            return cls()
        return cls(
            protocol=protocol,
            user=env.str("KAFKA_USER", service),
            password_file=env.str("KAFKA_PASSWORD_FILE")
            if protocol == SASL_SSL
            else env.str("KAFKA_PASSWORD_FILE", ""),
            ca_file=env.str("KAFKA_CA_FILE"),
            certificate_file=env.str("KAFKA_CERTIFICATE_FILE", ""),
        )

    def options(self) -> dict[str, Any]:
        """As kafka-python's clients take them. Raises FileMissing."""
        if self.protocol == PLAINTEXT:
            return {}
        found: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self._context()}
        if self.protocol == SASL_SSL:
            password = PasswordFile(self.password_file)
            password.read()
            found |= {"sasl_mechanism": MECHANISM, "sasl_plain_username": self.user, "sasl_plain_password": password}
        return found

    def sign_in(self, address: str, timeout: float) -> None:
        """On a connection that is closed again. Raises OSError when nobody answers, Refused."""
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout) as plain:
            if self.protocol == PLAINTEXT:
                return
            plain.settimeout(max(timeout, ANSWER_SECONDS))
            try:
                with self._context().wrap_socket(plain, server_hostname=host) as secure:
                    _note_end(secure)
                    self._talk(secure, address)
            except ssl.SSLEOFError:  # cut off: nobody has said anything against us
                raise ConnectionError(f"{address} hung up") from None
            except ssl.SSLError as error:
                raise NotTrusted(f"{address}: {error.reason or error}") from None

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file:
                context.load_cert_chain(self.certificate_file)
        except ssl.SSLError as error:
            raise NotTrusted(f"KAFKA_CA_FILE or KAFKA_CERTIFICATE_FILE: {error.reason or error}") from None
        except OSError as error:
            names = " or ".join(one for one in (self.ca_file, self.certificate_file) if one)
            raise FileMissing(f"KAFKA_CA_FILE or KAFKA_CERTIFICATE_FILE, {names}: {error.strerror}") from None
        return context

    def _talk(self, connection: ssl.SSLSocket, address: str) -> None:
        if self.protocol == SSL:
            self._ask_anything(connection, address)
            return
        (refused,) = struct.unpack_from(">h", _ask(connection, SASL_HANDSHAKE, 1, _text(MECHANISM)))
        if refused:
            raise WrongMechanism(f"{address} takes no {MECHANISM} ({refused})")
        scram = ScramClient(self.user, PasswordFile(self.password_file).read(), MECHANISM)
        try:
            scram.process_server_first_message(self._token(connection, address, scram.first_message()))
            scram.process_server_final_message(self._token(connection, address, scram.final_message()))
        except ValueError as error:
            raise NotTrusted(f"{address} does not know the password of {self.user}: {error}") from None

    def _ask_anything(self, connection: ssl.SSLSocket, address: str) -> None:
        """A certificate that is not taken shows at the first answer: by a word of TLS, or by none at all."""
        try:
            _ask(connection, API_VERSIONS, 0, b"")
        except ConnectionError:
            raise NotTrusted(f"{address} hung up: does it take the certificate of KAFKA_CERTIFICATE_FILE?") from None

    def _token(self, connection: ssl.SSLSocket, address: str, token: bytes) -> bytes:
        """One step of SCRAM. Raises WrongPassword."""
        answer = _ask(connection, SASL_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token)
        error, length = struct.unpack_from(">hh", answer)
        if error:
            raise WrongPassword(f"{address} refuses {self.user}: no such user, or another password ({error})")
        rest = answer[4 + max(length, 0) :]
        (size,) = struct.unpack_from(">i", rest)
        return rest[4 : 4 + size]


def _note_end(connection: ssl.SSLSocket) -> None:
    """For those who watch: a certificate that ends takes everybody's way to Kafka with it."""
    shown = connection.getpeercert() or {}
    CERTIFICATE_END.labels("kafka").set(ssl.cert_time_to_seconds(str(shown["notAfter"])))


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _ask(connection: ssl.SSLSocket, api: int, version: int, body: bytes) -> bytes:
    """One request of Kafka's protocol; what follows the answer's number. Raises OSError."""
    request = struct.pack(">hhi", api, version, 1) + _text("sendero") + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (size,) = struct.unpack(">i", _exactly(connection, 4))
    if not 4 < size <= LONGEST_ANSWER:
        raise ConnectionError(f"an answer of {size} bytes")
    return _exactly(connection, size)[4:]


def _exactly(connection: ssl.SSLSocket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = connection.recv(count - len(found))
        if not piece:
            raise ConnectionError("closed before it had answered")
        found += piece
    return found
