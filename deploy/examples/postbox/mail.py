"""The mail server: takes every email by SMTP and delivers it nowhere but into the box."""

import asyncio
import email
import email.message
import email.policy
import secrets
import socket
from typing import Any

import aiosmtpd.controller
import aiosmtpd.smtp

from deploy.examples import behaviour, serving
from deploy.examples.postbox import messages

LARGEST = 2 * 1024 * 1024
REFUSALS = {
    "500": "451 4.3.0 Error in processing, try again",
    "429": "450 4.7.0 Too many messages, try again",
    "rejected": "550 5.1.1 No such mailbox",
}


class Session(aiosmtpd.smtp.SMTP):
    """One connection; when told to be down it is closed before a word is said."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        told = self.event_handler.behaviours.take("email", only=("down",))
        if told.behaviour == "down" and isinstance(transport, asyncio.Transport):
            transport.abort()


class Handler:
    def __init__(self, box: messages.Box, behaviours: behaviour.Behaviours) -> None:
        self.box = box
        self.behaviours = behaviours

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: list[str]) -> str:
        if to.lower().startswith("dead"):  # as a phone that ends in 000
            return REFUSALS["rejected"]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        told = self.behaviours.take("email", but=("down", "undelivered"))
        if told.behaviour in REFUSALS:
            return REFUSALS[told.behaviour]
        if told.behaviour == "slow":
            await asyncio.sleep(told.seconds)
        if told.behaviour != "lie":
            for recipient in envelope.rcpt_tos:
                self.box.add(read(envelope.content, recipient))
        if told.behaviour == "reset_after":
            server.transport.abort()
        return "250 OK taken"


def read(content: bytes, recipient: str) -> messages.Message:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    message = messages.Message(
        id=secrets.token_hex(8),
        channel="email",
        to=recipient,
        sender=str(mail.get("From", "")),
        subject=str(mail.get("Subject", "")),
        text="",
        message_id=str(mail.get("Message-ID", "")) or None,
    )
    for part in mail.walk():
        if not part.is_multipart():
            add(message, part)
    return message


def add(message: messages.Message, part: email.message.EmailMessage) -> None:
    """The first text and the first HTML part are the mail; whatever else is in it is attached."""
    kind = part.get_content_type()
    attached = part.get_content_disposition() == "attachment" or part.get_filename()
    if kind == "text/plain" and not attached and not message.text:
        message.text = part.get_content().replace("\r\n", "\n")
    elif kind == "text/html" and not attached and message.html is None:
        message.html = part.get_content().replace("\r\n", "\n")
    else:
        payload = part.get_payload(decode=True)
        name = part.get_filename() or ("calendar.ics" if kind == "text/calendar" else "attachment")
        data = payload if isinstance(payload, bytes) else b""
        message.attachments.append(messages.Attachment(name, kind, data))


class Controller(aiosmtpd.controller.Controller):
    def __init__(self, listener: socket.socket, handler: Handler) -> None:
        self.listener = listener
        host, port = listener.getsockname()[:2]
        super().__init__(handler, hostname=host, port=port, data_size_limit=LARGEST, server_hostname="postbox.test")

    def factory(self) -> aiosmtpd.smtp.SMTP:
        return Session(self.handler, **self.SMTP_kwargs)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


def serve(box: messages.Box, behaviours: behaviour.Behaviours, host: str, port: int) -> Controller:
    controller = Controller(serving.listening(host, port, "POSTBOX_SMTP_PORT"), Handler(box, behaviours))
    controller.start()
    return controller
