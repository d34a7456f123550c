"""How it stands now with a message and whom it is for: read at one moment, for whoever decides about it."""

from dataclasses import dataclass

from pymongo.database import Database

from services.notifications.model import contact, message, preferences
from services.notifications.store import appointments, people
from shared import clock


@dataclass(frozen=True)
class Standing:
    """`person` None: not heard of yet. `reason_to_stop`: why the message is not due any more; None if it is."""

    person: contact.Person | None
    chosen: preferences.Preferences | None = None
    reason_to_stop: str | None = None
    code_number: int | None = None  # of the code that the message may tell


def of(db: Database, one: message.Message) -> Standing:
    person = people.find(db, one.person_id)
    if person is None:
        return Standing(None)
    chosen = people.chosen(db, person.id)
    out = people.opted_out(db, person, one.channel)
    appointment = appointments.find(db, one.appointment_id)
    reason = preferences.reason_to_stop(one, person, chosen, out, appointment, clock.now())
    code_number = appointments.good_code(appointment or {}, one.facts.get("code_number"))
    return Standing(person, chosen, reason, code_number)
