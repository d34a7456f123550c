"""Somebody who asks for a place."""

from contextvars import Context, copy_context
from dataclasses import dataclass, field

from services.booking import model
from shared import auth, web


@dataclass
class Asked:
    """Somebody who asks for a place, and what came of it. `by`: staff who ask for them. `context` is that of their
    request, which causes what is said. `hold`: what they have been holding it with."""

    request: model.BookingRequest
    key: web.IdempotencyKey
    by: auth.Actor | None = None
    hold: model.Hold | None = None
    context: Context = field(default_factory=copy_context)
    appointment: model.Appointment | None = None
    was_there: bool = False
    refused: Exception | None = None

    @property
    def holder(self) -> str:
        return self.hold.holder if self.hold else self.key.scope
