"""Each type of event: its definition, the event as its publisher makes it today, and its golden sample.

`python -m tests.contracts.published` writes the samples that are missing. One that is there never changes.
"""

import base64
import dataclasses
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from services.booking import events as booking
from services.booking import model as booking_model
from services.booking import people
from services.notifications import events as notifications
from services.referrals import events as referrals
from services.referrals import model as referrals_model
from shared import events, sealed
from shared.definitions import Definition
from shared.events import Event
from shared.inbox import Record
from tests import builders
from tests import notifications as notification_builders
from tests import referrals as referral_builders

SERVICES: dict[str, ModuleType] = {"booking": booking, "referrals": referrals, "notifications": notifications}
DEFINITIONS: dict[str, Definition] = {
    name: definition for service in SERVICES.values() for name, definition in service.DEFINITIONS.items()
}
SAMPLES = Path(__file__).parent / "samples"
PEOPLE_KEYS = sealed.Keys.parse(f"sample:{base64.b64encode(b'no secret: it opens the samples.').decode()}")
PERSON, CASE = referral_builders.PERSON_ID, referral_builders.CASE_ID
APPOINTMENT = builders.an_appointment().id
REFERRAL = "6564a1f0c2a4d0b7e8f90123"
REQUEST = "59b59b04-5342-4e9c-be67-5cf83dc139c9"
CONSENT = "291b1e38-5c54-458a-afa1-9c75fd80b212"
LATER = builders.NOW + timedelta(hours=1)


def known_of_the_person() -> dict[str, Any]:
    person = builders.a_person(name="Ana Pérez (sample)", phone="+50250000001", email="ana@example.org")
    companions = (booking_model.Companion("Luz Pérez (sample)", date(2020, 1, 2)),)
    needs = {"needs": ("wheelchair",), "interpreter": "mam"}
    return people.content(builders.a_booking_request(person=person, companions=companions, **needs)) | {
        "notes": {CASE: "Needs an interpreter (sample)"}
    }


def of_booking() -> list[Event]:
    given = booking_model.VerificationRequest("email", "ana@example.org", "es")
    verification = builders.a_verification(person_id=PERSON)
    appointment, office = builders.an_appointment(), builders.an_office()
    lost = appointment.call_off(builders.NOW, "m", "office_closed", builders.NOW + timedelta(days=30))
    asked = builders.a_referral_request(languages=("mam", "es"))
    referral = asked.made(builders.NOW, "clerk-1", "es", {"scope": "s", "body": "b"})
    referral = dataclasses.replace(referral, id=REQUEST, consent=dataclasses.replace(referral.consent, id=CONSENT))
    return [
        booking.appointment_booked(appointment, office, builders.a_pathway()),
        booking.appointment_rescheduled(appointment, office, builders.a_pathway(), builders.NOW, "person"),
        booking.appointment_cancelled(appointment, office, "person"),
        booking.appointment_offered(builders.a_kept_appointment(), office, builders.a_pathway()),
        booking.appointment_offer_withdrawn(*builders.an_appointment_back_in_line(), office),
        booking.appointment_arrived(appointment, office),
        booking.appointment_attended(appointment, office),
        booking.appointment_missed(appointment, office),
        booking.appointment_requested_again(appointment, office),
        booking.appointment_code_renewed(appointment.renew_code(builders.NOW), office),
        booking.appointment_code_used(appointment.renew_code(builders.NOW).code_used(2), office),
        booking.verification_requested(verification),
        booking.contact_given(PEOPLE_KEYS, verification, given),
        *_of_requests(),
        booking.referral_requested(appointment, office, referral),
        booking.person_changed(PEOPLE_KEYS, PERSON, known_of_the_person()),
        booking.person_erased(PERSON),
        booking.appointment_cancelled(lost, office, "office", reason_code="office_closed", rebook=True),
    ]


def _of_requests() -> list[Event]:
    window, office, pathway = builders.a_window(), builders.an_office(), builders.a_pathway()
    asked, offered, zone = builders.a_request(), builders.an_offered_request(), office.timezone
    taken_back = offered.taken_back(builders.NOW, "job-1", waitlist_lasts=True)
    return [
        booking.request_received(asked, window, zone),
        booking.request_changed(asked, window, zone),
        booking.request_requested_again(asked, window, zone),
        booking.request_code_renewed(asked.renew_code(builders.NOW), window, zone),
        booking.request_code_used(asked.renew_code(builders.NOW).code_used(2), window, zone),
        booking.request_allocated(offered, window, office, pathway),
        booking.request_reminded(offered, window, office, pathway),
        booking.request_confirmed(offered, window, zone),
        booking.request_waitlisted(asked.waits(builders.NOW, 7), window, zone),
        booking.request_not_allocated(asked, window, zone),
        booking.request_expired(offered, window, zone),
        booking.request_offer_withdrawn(taken_back, window, office, offered.starts_at, "office_closed"),
        booking.request_withdrawn(asked, window, zone, "person"),
    ]


def a_placed_referral() -> referrals_model.Referral:
    consent = referral_builders.a_consent(id=CONSENT)
    return referral_builders.a_placed_referral(id=REFERRAL, request_id=REQUEST, consent=consent)


def of_referrals() -> list[Event]:
    offered = a_placed_referral()
    accepted = offered.accept("unhcr", LATER)
    declined = offered.decline("unhcr", "capacity", LATER)
    expired = offered.expire(0, offered.offers[0].answer_by)
    done = accepted.complete("unhcr", dataclasses.replace(accepted.offers[0], outcome="helped"), LATER)
    nobody = referrals_model.Decision(None, (referrals_model.Reason("unhcr", "already_asked"),))
    return [
        referrals.referral_opened(offered),
        referrals.referral_offered(offered),
        referrals.referral_accepted(accepted, referral_builders.a_partner()),
        referrals.referral_declined(declined, declined.offers[0]),
        referrals.referral_declined(expired, expired.offers[0]),
        referrals.referral_unplaced(declined.place(nobody, LATER)),
        referrals.referral_completed(done),
        referrals.referral_withdrawn(offered.withdraw("clerk-1", LATER), "unhcr"),
        referrals.referral_withdrawn(offered.withdraw("clerk-1", LATER), None),
        referrals.consent_withdrawn(offered, [REFERRAL]),
    ]


def of_notifications() -> list[Event]:
    ids = {"person_id": PERSON, "case_id": CASE, "event_id": _id("appointment.booked.v1")}
    sent = notification_builders.a_message(**ids).sent("provider-1", None, LATER)
    failed = notification_builders.a_message("appointment_missed", "sms", **ids).failed("invalid_number", LATER)
    return [
        notifications.message_sent(sent),
        notifications.message_delivered(sent.receipt(sent.hand_over_id, True, LATER)),
        notifications.message_failed(failed),
        notifications.contact_opted_out(CASE, PERSON, "sms"),
    ]


def made_today() -> list[Event]:
    """Each event as a reader would get it; some types more than once."""
    counted: Counter[str] = Counter()
    found = []
    made = {"booking": of_booking(), "referrals": of_referrals(), "notifications": of_notifications()}
    for service, events_of_service in made.items():
        for event in events_of_service:
            topic = DEFINITIONS[event.type].topic
            counted[topic] += 1
            whole = {
                "topic": topic,
                "sequence": counted[topic],
                "source": f"/sendero/{service}",
                "correlation": event.key,
            }
            found.append(dataclasses.replace(event, id=_id(event.type), time=builders.NOW, **whole))
    return found


def _id(of: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, of))


@dataclass(frozen=True)
class Sample:
    """A record as it once went out, readable: `samples/<service>/<type>.json`."""

    service: str
    type: str
    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any] | None

    def record(self) -> Record:
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        value = None if self.value is None else json.dumps(self.value).encode()
        return Record(self.topic, 0, 0, self.key.encode(), headers, value)

    def event(self) -> Event:
        record = self.record()
        return events.read(record.topic, record.key, record.headers, record.value)


def samples() -> list[Sample]:
    paths = [path for service in SERVICES for path in sorted((SAMPLES / service).glob("*.json"))]
    return [Sample(path.parent.name, path.stem, **json.loads(path.read_text())) for path in paths]


def sample(type_: str) -> Sample:
    return next(one for one in samples() if one.type == type_)


def write_missing_samples() -> None:
    for event in made_today():
        service = event.source.rpartition("/")[2]
        path = SAMPLES / service / f"{event.type}.json"
        if path.exists():
            continue
        headers, value = events.write(event)
        texts = {name: content.decode() for name, content in headers}
        content = {"topic": event.topic, "key": event.key, "headers": texts, "value": json.loads(value or b"null")}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        print(path.relative_to(SAMPLES))


if __name__ == "__main__":
    write_missing_samples()
