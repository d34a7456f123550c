"""SMS through a provider's HTTP API: one POST per message, the hand-over's id as Idempotency-Key."""

import functools
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3

from services.notifications import channels
from services.notifications.settings import Settings
from shared import clock

TIMEOUT = urllib3.Timeout(connect=5, read=10)
LONGEST_ANSWER = 64 * 1024
REFUSED = {400, 413, 422}
REASONS = {"invalid_number", "blocked", "too_long"}  # of the provider's answers, those that we pass on as they are


def send(settings: Settings, outgoing: channels.Outgoing) -> str:
    """The provider's id of the message. Raises Rejected or Unavailable."""
    status, headers, answer = _post(settings, outgoing)
    if status in (200, 201):
        if not isinstance(answer.get("id"), str):  # the same key again is safe, so ask once more
            raise channels.Unavailable("unreadable_answer")
        return answer["id"]
    if status in REFUSED:
        reason = answer.get("error")
        raise channels.Rejected(reason if reason in REASONS else "rejected")
    raise channels.Unavailable(f"http_{status}", _retry_after(headers.get("Retry-After")))


@functools.cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=TIMEOUT, retries=False, maxsize=8)


def _post(settings: Settings, outgoing: channels.Outgoing) -> tuple[int, Any, dict[str, Any]]:
    body = {"to": outgoing.to, "from": settings.sms_from, "text": outgoing.text, "reference": outgoing.id}
    headers = {
        "Authorization": f"Bearer {settings.sms_key}",
        "Content-Type": "application/json",
        "Idempotency-Key": outgoing.id,
    }
    try:
        answer = _pool().request(
            "POST",
            settings.sms_url,
            body=json.dumps(body).encode(),
            headers=headers,
            redirect=False,
            preload_content=False,
        )
        try:
            return answer.status, answer.headers, _read(answer.read(LONGEST_ANSWER))
        finally:
            answer.close()
    except urllib3.exceptions.TimeoutError:
        raise channels.Unavailable("timeout") from None
    except (urllib3.exceptions.HTTPError, OSError):
        raise channels.Unavailable("no_connection") from None


def _read(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _retry_after(text: str | None) -> timedelta | None:
    """Seconds or a date (RFC 9110); anything else counts as not said."""
    if not text:
        return None
    if text.isdecimal():
        return timedelta(seconds=min(int(text), 24 * 3600))
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - clock.now(), timedelta(0))
