"""Encrypted hand-over to a mail server: only to one whose certificate can be trusted."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.notifications import channels
from services.notifications.channels import email
from shared import clock, due
from tests.conftest import free_port
from tests.integration.notifications.conftest import Mailbox
from tests.notifications import EMAIL, some_settings

OUTGOING = channels.Outgoing(
    "message-1", EMAIL, "es", "text", "subject", "<p>text</p>", "https://x.example/unsubscribe"
)


@pytest.fixture
def certificate(tmp_path):
    """Of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - day)
        .not_valid_after(clock.now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    controller.start()
    yield box, some_settings(smtp_port=port, smtp_starttls=True)
    controller.stop()


def test_a_mail_goes_encrypted_to_a_server_whose_certificate_is_trusted(server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box, settings = server
    assert email.send(settings, OUTGOING) == "<message-1@sendero.example>"
    assert len(box.mails) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(server):
    box, settings = server
    with pytest.raises(channels.Unavailable, match="smtp_certificate"):
        email.send(settings, OUTGOING)
    assert not box.attempts


def test_a_server_without_encryption_gets_nothing_when_it_is_wanted(mailbox):
    box, port = mailbox
    with pytest.raises(channels.Unavailable, match="smtp_no_starttls"):
        email.send(some_settings(smtp_port=port, smtp_starttls=True), OUTGOING)
    assert not box.attempts


def test_a_server_that_is_not_there_is_unavailable():
    with pytest.raises(channels.Unavailable, match="no_connection"):
        email.send(some_settings(smtp_port=free_port()), OUTGOING)


@pytest.fixture
def slow():
    """Says one more word of its greeting every 0.2 s, and never comes to an end."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def greet() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            while not over.wait(0.2):
                connection.sendall(b"220-wait\r\n")

    thread = threading.Thread(target=greet)
    thread.start()
    yield listening.getsockname()[1]
    over.set()
    thread.join()
    listening.close()


def test_a_server_that_never_comes_to_an_end_is_left_at_the_deadline(slow):
    began = time.monotonic()
    with pytest.raises(channels.Unavailable):
        email.send(some_settings(smtp_port=slow), OUTGOING, within=1)
    assert time.monotonic() - began < 15


def test_the_deadline_lies_well_under_the_lease_of_the_work():
    assert email.WITHIN_SECONDS + email.LEAVE_SECONDS < due.rows.LEASE_SECONDS - 15


def test_a_refused_login_is_not_the_messages_fault(mailbox):
    box, port = mailbox
    with pytest.raises(channels.Unavailable):
        email.send(some_settings(smtp_port=port, smtp_user="someone", smtp_password="wrong"), OUTGOING)
    assert not box.attempts
