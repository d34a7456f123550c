"""Email by SMTP: text and HTML, the calendar attached, the same Message-ID at every attempt."""

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications import channels
from services.notifications.settings import Settings
from shared import clock, telemetry

WITHIN_SECONDS = 25.0  # the whole exchange, well under the lease of the work
ENTER_SECONDS = 5  # of each answer
HAND_OVER_SECONDS = 15
LEAVE_SECONDS = 2
POLICY = SMTP.clone(max_line_length=990)  # a folded List-Unsubscribe would come out as an encoded word
NOT_OUR_MESSAGES_FAULT = {454, 504, 530, 534, 535, 538}  # access to the server: who we are, not what we send


class Server(smtplib.SMTP):
    """Hangs up at the deadline, whatever it is waiting for then: what waits finds the connection lost."""

    def __init__(self, settings: Settings, within: float) -> None:
        self._until = time.monotonic() + within
        self._twin: socket.socket | None = None  # of the same connection, also once the first one speaks TLS
        self._timer: threading.Timer | None = None
        try:
            super().__init__(settings.smtp_host, settings.smtp_port, timeout=ENTER_SECONDS)
        except (OSError, smtplib.SMTPException):
            self.forget_deadline()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._twin = found.dup()
        self._timer = threading.Timer(max(self._until - time.monotonic(), 0), self._hang_up)
        self._timer.daemon = True
        self._timer.start()
        return found

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # it is gone already
            if self._twin:
                self._twin.shutdown(socket.SHUT_RDWR)

    def forget_deadline(self) -> None:
        if self._timer and self._twin:
            self._timer.cancel()
            self._twin.close()


def send(settings: Settings, outgoing: channels.Outgoing, within: float = WITHIN_SECONDS) -> str:
    """Hands it to the server and returns its Message-ID. Raises Rejected or Unavailable."""
    message = compose(settings, outgoing)
    try:
        server = Server(settings, within)
    except smtplib.SMTPResponseException as error:  # greeted with a refusal: the server's state, not the message's
        raise channels.Unavailable(f"smtp_{error.smtp_code}") from None
    except (OSError, smtplib.SMTPException):
        raise channels.Unavailable("no_connection") from None
    try:
        _enter(server, settings)
        _hand_over(server, message)
    finally:
        _leave(server)
        server.forget_deadline()
    return message["Message-ID"]


def compose(settings: Settings, outgoing: channels.Outgoing) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = Address("Sendero", addr_spec=settings.email_from)
    message["To"] = _address(outgoing.to)
    message["Subject"] = " ".join(outgoing.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{outgoing.id}@{settings.email_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{outgoing.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(outgoing.text, cte="quoted-printable")
    message.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    if outgoing.calendar is not None:
        message.add_attachment(outgoing.calendar, maintype="text", subtype="calendar", filename="sendero.ics")
        part = list(message.iter_attachments())[-1]
        part.set_param("charset", "utf-8")
        part.set_param("method", outgoing.calendar_method)
    message["Content-Language"] = outgoing.language  # last: it would move into the first part with the other Content-…
    return message


def _address(text: str) -> Address:
    """The one recipient, or Rejected: nothing that could begin a second header or name a second address."""
    try:
        address = Address(addr_spec=text)
        address.domain.encode("idna")
    except (HeaderParseError, ValueError, IndexError):  # the parser's own ways of refusing
        raise channels.Rejected("invalid_address") from None
    if not address.username or not address.domain or not text.isprintable() or " " in text:
        raise channels.Rejected("invalid_address")
    return Address(username=address.username, domain=address.domain.encode("idna").decode())


def _enter(server: smtplib.SMTP, settings: Settings) -> None:
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
    except smtplib.SMTPAuthenticationError:
        raise channels.Unavailable("smtp_login_refused") from None
    except ssl.SSLError:
        raise channels.Unavailable("smtp_certificate") from None
    except (OSError, smtplib.SMTPException):
        raise channels.Unavailable("smtp_no_starttls") from None


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    if server.sock is not None:
        server.sock.settimeout(HAND_OVER_SECONDS)
    try:
        refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except smtplib.SMTPResponseException as error:  # at MAIL, DATA or after the message
        raise _failure(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:  # a mailbox name beyond ASCII, and a server that knows none
        raise channels.Rejected("invalid_address") from None
    except (OSError, smtplib.SMTPException):
        raise channels.Unavailable("connection_lost") from None
    for code, _text in refused.values():  # of one recipient there is at most one
        raise _failure(code)


def _failure(code: int) -> channels.Failure:
    if 500 <= code <= 599 and code not in NOT_OUR_MESSAGES_FAULT:
        return channels.Rejected(f"smtp_{code}")
    return channels.Unavailable(f"smtp_{code}" if code > 0 else "connection_lost")


def _leave(server: smtplib.SMTP) -> None:
    """The server has answered for the message already: how it says goodbye changes nothing, and is not waited for."""
    try:
        if server.sock is not None:
            server.sock.settimeout(LEAVE_SECONDS)
        server.quit()
    except (OSError, smtplib.SMTPException) as error:
        telemetry.log.info("smtp goodbye failed", error=type(error).__name__)
        server.close()
