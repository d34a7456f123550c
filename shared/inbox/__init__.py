"""What a service has heard: each event handled once, each case in order, and what cannot be handled kept for a
person."""

from shared.inbox import dead_letters as letters
from shared.inbox import taking
from shared.inbox.dead_letters import dead_letters, discard, forget, get, health, restore, retry, trace
from shared.inbox.gone import gone, gone_health, note_gone, tell
from shared.inbox.records import Handlers, Reading, Record, UnknownVersion
from shared.inbox.slices import Taken, take
from shared.inbox.taking import Late, count_from_zero, pass_over_gaps, release, release_for, set_aside

COLLECTIONS = taking.COLLECTIONS | letters.COLLECTIONS

__all__ = [
    "COLLECTIONS",
    "Handlers",
    "Late",
    "Reading",
    "Record",
    "Taken",
    "count_from_zero",
    "UnknownVersion",
    "dead_letters",
    "discard",
    "forget",
    "get",
    "gone",
    "gone_health",
    "health",
    "letters",
    "note_gone",
    "pass_over_gaps",
    "release",
    "release_for",
    "restore",
    "retry",
    "set_aside",
    "take",
    "tell",
    "trace",
]
