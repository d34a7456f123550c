"""What a service has heard: each event handled once, each case in order, and what cannot be handled kept for a
person."""

from shared.inbox.dead_letters import dead_letters, discard, forget, get, health, retry, trace
from shared.inbox.records import Handlers, Reading, Record, UnknownVersion
from shared.inbox.taking import (
    COLLECTIONS,
    Late,
    Taken,
    pass_over_gaps,
    release,
    set_aside,
    take,
)

__all__ = [
    "COLLECTIONS",
    "Handlers",
    "Late",
    "Reading",
    "Record",
    "Taken",
    "UnknownVersion",
    "dead_letters",
    "discard",
    "forget",
    "get",
    "health",
    "pass_over_gaps",
    "release",
    "retry",
    "set_aside",
    "take",
    "trace",
]
