"""What falls due: a saved message is sent now, if it is still wanted, by its channel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from pymongo.database import Database

from services.notifications import actions, channels, render, standing
from services.notifications.channels import email, sms
from services.notifications.model import contact, message, preferences
from services.notifications.settings import Settings
from services.notifications.store import messages
from shared import clock, due, mongo
from shared.telemetry import log

AT_FIRST, AT_MOST = timedelta(seconds=0.5), timedelta(seconds=30)  # between looks whether the person came meanwhile
SOONEST, LATEST = timedelta(seconds=1), timedelta(hours=1)  # whatever a provider asks for
HAND_OVER: dict[str, Callable[[Settings, channels.Outgoing], str]] = {contact.EMAIL: email.send, contact.SMS: sms.send}


def send_message(db: Database, work: due.Work) -> str | None:
    one = messages.find(db, work.data["message_id"])
    if one is None or one.state != message.QUEUED or one.hand_over != work.data["hand_over"]:
        return due.NEEDLESS
    now = standing.of(db, one)
    person, chosen, reason = now.person, now.chosen, now.reason_to_stop
    if person is None:
        _wait_for_person(db, one)
    if reason:
        actions.note_stopped(db, work, reason)
        log.info("message stopped", message_id=one.id, reason=reason)
        return due.NEEDLESS
    quiet_until = preferences.put_off(one, chosen, clock.now())
    if quiet_until:
        raise due.Later("quiet_hours", at=quiet_until)
    to = person.contacts.get(one.channel)
    if to is None:
        _failed(db, work, one, "no_contact")
        return due.NEEDLESS
    if work.attempts > 1 and one.too_old(clock.now()):  # the first attempt is always made
        _failed(db, work, one, "unavailable")
        return due.NEEDLESS
    language = chosen.language if chosen else person.language
    told = replace(one, facts=one.facts | {"code_number": now.code_number})
    _hand_over(db, work, one, render.outgoing(mongo.settings(db), told, to, language, clock.now()))
    return None


def _hand_over(db: Database, work: due.Work, one: message.Message, outgoing: channels.Outgoing) -> None:
    try:
        provider_id = HAND_OVER[one.channel](mongo.settings(db), outgoing)
    except channels.Rejected as error:
        _failed(db, work, one, error.reason)
    except channels.Unavailable as error:
        log.warning("provider unavailable", message_id=one.id, channel=one.channel, reason=error.reason)
        after = None if error.retry_after is None else min(max(error.retry_after, SOONEST), LATEST)
        raise due.Unavailable(error.reason, after=after) from None
    else:
        due.insist(db, work, lambda: actions.note_sent(db, work, provider_id, outgoing.to))
        log.info("message sent", message_id=one.id, template=one.template, channel=one.channel)


def _failed(db: Database, work: due.Work, one: message.Message, reason: str) -> None:
    actions.note_failed(db, work, reason)
    log.warning("message failed", message_id=one.id, channel=one.channel, reason=reason)


def _wait_for_person(db: Database, one: message.Message) -> NoReturn:
    """Who comes, on a topic of their own, hastens what waits for them; the looks are for who came in this moment."""
    if not one.waited_enough(clock.now()):
        age = clock.now() - one.queued_at
        raise due.Later(message.PERSON_UNKNOWN, after=min(max(AT_FIRST, age), AT_MOST))
    actions.note_person_missing(db, one.id)
    raise due.GiveUp(message.PERSON_UNKNOWN)


TIMERS: due.Timers = {actions.SEND: send_message}
