"""Everything this service can do, each one transaction; the only way to write."""

from services.notifications.actions.choosing import choose, take_reply, unsubscribe
from services.notifications.actions.persons import erase_person, note_person
from services.notifications.actions.queueing import (
    SEND,
    Notice,
    note_appointment,
    queue,
    queue_rarely,
    resend,
    take_back,
)
from services.notifications.actions.sending import (
    note_failed,
    note_person_missing,
    note_receipt,
    note_sent,
    note_stopped,
)

__all__ = [
    "SEND",
    "Notice",
    "choose",
    "erase_person",
    "note_appointment",
    "note_failed",
    "note_person",
    "note_person_missing",
    "note_receipt",
    "note_sent",
    "note_stopped",
    "queue",
    "queue_rarely",
    "resend",
    "take_back",
    "take_reply",
    "unsubscribe",
]
