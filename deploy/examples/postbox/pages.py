"""The page with the phones and the mailbox, and the same as JSON for tests."""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask

from deploy.examples import serving
from deploy.examples.postbox import callbacks, messages, segments, settings

PHONES, BUBBLES, MAILS, SCREENS_SECONDS = 6, 20, 40, 5
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Phone:
    number: str
    bubbles: list[messages.Message | messages.Reply]
    hidden: int


def phones(sent: list[messages.Message], replies: list[messages.Reply]) -> list[Phone]:
    """One phone per number, the one with the newest message first."""
    talks: dict[str, list[messages.Message | messages.Reply]] = {}
    for message in sent:
        talks.setdefault(message.to, []).append(message)
    for reply in replies:
        if reply.phone in talks:
            talks[reply.phone].append(reply)
    for talk in talks.values():
        talk.sort(key=lambda bubble: bubble.received_at)
    newest = sorted(talks.items(), key=lambda item: item[1][-1].received_at, reverse=True)
    return [Phone(number, talk[-BUBBLES:], max(0, len(talk) - BUBBLES)) for number, talk in newest]


def instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError("without a zone")
    return moment


def matching(box: messages.Box, channel: str | None, to: str, since: datetime | None) -> list[messages.Message]:
    wanted = messages.address(to)

    def matches(message: messages.Message) -> bool:
        return (
            channel in (None, message.channel)
            and (not to or wanted == messages.address(message.to))
            and (since is None or message.received_at >= since)
        )

    return box.find(matches)


def found_or_404(box: messages.Box, message_id: str) -> messages.Message:
    return box.get(message_id) or flask.abort(404)


def json_routes(routes: flask.Blueprint, box: messages.Box) -> None:
    @routes.get("/api/v1/messages")
    def list_messages() -> flask.typing.ResponseReturnValue:
        query = flask.request.args
        try:
            since = instant(query["since"]) if query.get("since") else None
        except ValueError:
            return {"error": "invalid_since"}, 400
        found = matching(box, query.get("channel"), query.get("to", ""), since)
        return {"items": [message.shown() for message in found], "next": None}

    @routes.delete("/api/v1/messages")
    def clear() -> flask.typing.ResponseReturnValue:
        box.clear()
        return "", 204

    @routes.get("/mail/<message_id>/html")
    def mail_html(message_id: str) -> flask.Response:
        """The HTML part alone, in a sandbox: no script, nothing loaded; its links open beside the postbox."""
        html = found_or_404(box, message_id).html or ""
        opened, count = re.subn(r"<head[^>]*>", r'\g<0><base target="_blank">', html, count=1, flags=re.I)
        response = flask.Response(opened if count else f'<base target="_blank">{html}', mimetype="text/html")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @routes.get("/mail/<message_id>/attachments/<int:number>")
    def attachment(message_id: str, number: int) -> flask.Response:
        attachments = found_or_404(box, message_id).attachments
        if number >= len(attachments):
            flask.abort(404)
        found = attachments[number]
        known = found.content_type in ("text/calendar", "text/plain", "application/pdf", "image/png")
        response = flask.Response(found.data, content_type=found.content_type if known else "application/octet-stream")
        response.headers.set("Content-Disposition", "attachment", filename=found.filename)
        return response


def blueprint(given: settings.Settings, box: messages.Box, outgoing: callbacks.Outgoing) -> flask.Blueprint:
    routes = flask.Blueprint("pages", __name__)
    zone = zoneinfo.ZoneInfo(given.timezone)
    json_routes(routes, box)

    def clock(moment: datetime) -> str:
        local, today = moment.astimezone(zone), messages.now().astimezone(zone).date()
        return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")

    @routes.get("/")
    def show() -> flask.Response:
        query = flask.request.args
        to = query.get("to", "")
        every_phone = phones(matching(box, "sms", to, None), box.replies())
        mails = matching(box, "email", to, None)[::-1]
        opened = box.get(query["mail"]) if query.get("mail") else None
        still = query.get("refresh") == "off" or query.get("mail") or query.get("write")
        shown: dict[str, Any] = {
            "phones": every_phone[:PHONES],
            "more_phones": len(every_phone) - PHONES,
            "mails": mails[:MAILS],
            "more_mails": len(mails) - MAILS,
            "opened": opened,
            "to": to,
            "write": query.get("write"),
            "refresh": None if still else SCREENS_SECONDS,
        }
        return serving.page("postbox.html", **shown, clock=clock, segments=segments.segments, zone=given.timezone)

    @routes.post("/phones/<number>/replies")
    def reply(number: str) -> flask.typing.ResponseReturnValue:
        text = flask.request.form.get("text", "").strip()[:480]
        if text and matching(box, "sms", number, None):
            send(messages.Reply(number, text))
        return flask.redirect(flask.url_for("pages.show", _anchor="phones"), 303)

    def send(typed: messages.Reply) -> None:
        box.reply(typed)
        body = {"from": typed.phone, "text": typed.text, "at": messages.instant(typed.received_at)}

        def arrived(taken: bool) -> None:
            typed.status = "sent" if taken else "failed"

        outgoing.send(given.replies_url(), body, arrived)

    @routes.post("/clear")
    def empty() -> flask.typing.ResponseReturnValue:
        box.clear()
        return flask.redirect(flask.url_for("pages.show"), 303)

    return routes
