"""Who of an office may touch an appointment or a request, and the note that they did or were refused."""

from pymongo.database import Database

from services.booking import model, refusals, store
from shared import audit, auth


def must_be_of_their_office(db: Database, reference: str, actor: auth.Actor, action: str) -> None:
    """Of another office: as if there were none, since its existence is private."""
    appointment = store.appointment(db, reference)
    if not auth.may_see_office(actor, appointment.office_id):
        note(db, actor, action, appointment, outcome="refused")
        raise refusals.UnknownAppointment()


def must_name_their_office(db: Database, reference: str, actor: auth.Actor, action: str) -> None:
    """A request that names none of theirs: as if there were none."""
    request = store.requests.with_reference(db, reference)
    if not any(auth.may_see_office(actor, id) for id in request.offices):
        note_request(db, actor, action, request, outcome="refused")
        raise refusals.UnknownRequest()


def note_request(
    db: Database, actor: auth.Actor, action: str, request: model.Request, outcome: str = "allowed", **ids: str
) -> None:
    """At the first of its offices that is theirs; refused, at the first."""
    theirs = next((id for id in request.offices if auth.may_see_office(actor, id)), request.offices[0])
    audit.record(db, actor, action, request.reference, outcome, office_id=theirs, **ids)


def note(
    db: Database,
    actor: auth.Actor,
    action: str,
    appointment: model.Appointment,
    outcome: str = "allowed",
    **ids: str,
) -> None:
    audit.record(db, actor, action, appointment.reference, outcome, office_id=appointment.office_id, **ids)
