"""Who of an office may touch an appointment, and the note that they did or were refused; or asked for somebody."""

from pymongo.database import Database

from services.booking import model, refusals, store
from shared import audit, auth


def must_be_of_their_office(db: Database, reference: str, actor: auth.Actor, action: str) -> None:
    """Of another office: as if there were none, since its existence is private."""
    appointment = store.appointment(db, reference)
    if not auth.may_see_office(actor, appointment.office_id):
        note(db, actor, action, appointment, outcome="refused")
        raise refusals.UnknownAppointment()


def note_request(db: Database, actor: auth.Actor, request: model.Request) -> None:
    """Asked for somebody, at the first of its offices that is theirs."""
    theirs = next(id for id in request.offices if auth.may_see_office(actor, id))
    why = request.history[0]["why"]
    audit.record(db, actor, "request.ask", request.reference, office_id=theirs, why=why)


def note(
    db: Database,
    actor: auth.Actor,
    action: str,
    appointment: model.Appointment,
    outcome: str = "allowed",
    **ids: str,
) -> None:
    audit.record(db, actor, action, appointment.reference, outcome, office_id=appointment.office_id, **ids)
