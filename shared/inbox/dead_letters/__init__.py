"""Dead letters, as an operator sees and settles them: find, retry, edit, discard, restore, note; one, a case, a
cause."""

from shared.inbox.dead_letters.boxes import without_sealed
from shared.inbox.dead_letters.editing import STAYS, Change, check, edit
from shared.inbox.dead_letters.finding import behind, causes, dead_letters, forget, get, health, look_up, trace
from shared.inbox.dead_letters.jobs import (
    COLLECTIONS,
    By,
    begin,
    due_work,
    get_retry,
    results,
    retries,
    running,
    stop,
)
from shared.inbox.dead_letters.refusals import (
    Awaited,
    CaseWentOn,
    DoesNotFit,
    NoSuchDeadLetter,
    NoSuchEdit,
    NoSuchRetry,
    NotItsTurn,
    OwnEdit,
    RetryRunning,
    ReviewedAlready,
    StillFailing,
)
from shared.inbox.dead_letters.reviewing import VERDICTS, edits, edits_of, get_edit, review, to_review
from shared.inbox.dead_letters.settling import add_note, discard, restore, retry

__all__ = [
    "COLLECTIONS",
    "STAYS",
    "VERDICTS",
    "Awaited",
    "By",
    "CaseWentOn",
    "Change",
    "DoesNotFit",
    "NoSuchDeadLetter",
    "NoSuchEdit",
    "NoSuchRetry",
    "NotItsTurn",
    "OwnEdit",
    "RetryRunning",
    "ReviewedAlready",
    "StillFailing",
    "add_note",
    "begin",
    "behind",
    "causes",
    "check",
    "dead_letters",
    "discard",
    "due_work",
    "edit",
    "edits",
    "edits_of",
    "forget",
    "get",
    "get_edit",
    "get_retry",
    "health",
    "look_up",
    "restore",
    "results",
    "retries",
    "retry",
    "review",
    "running",
    "stop",
    "to_review",
    "trace",
    "without_sealed",
]
