"""From events to messages that arrive, also when a provider fails in each of its ways."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import icalendar
import pytest

from services.notifications import actions, timers
from shared import clock, codes, due, leases
from tests.notifications import EMAIL, PHONE, accepted_event, appointment_event, in_three_weeks, person_event


def test_a_booking_is_told_by_email_and_sms_in_the_persons_language(service, booked):
    booked()
    service.send()
    (mail,) = service.mails.mails
    assert mail["To"] == EMAIL
    assert mail["Subject"].startswith("Su cita:")
    (text,) = service.sms.texts.values()
    assert text["to"] == PHONE
    assert text["text"].startswith("Sendero: su cita es el")
    assert service.states() == {"email": "sent", "sms": "sent"}
    assert [kind for kind, _ in service.announced()] == ["message.sent.v1", "message.sent.v1"]


def test_english_is_written_to_who_asked_for_it_and_spanish_to_who_reads_another_language(service, booked):
    booked(language="en")
    service.send()
    assert service.mails.mails[0]["Subject"].startswith("Your appointment:")
    service.hear(
        person_event(service.settings.people_keys, "person-2", language="mam", email="b@example.org"),
        appointment_event(person_id="person-2", case_id="case-2", reference="SND-0000-0002"),
    )
    service.send()
    assert service.mails.mails[1]["Subject"].startswith("Su cita:")


def test_each_change_of_the_appointment_is_told(service, booked):
    booked()
    service.send()
    service.hear(appointment_event("cancelled", sequence=2))
    service.send()
    assert [mail["Subject"].split(":")[0] for mail in service.mails.mails] == ["Su cita", "Cita cancelada"]
    calendars = [part.get_content() for mail in service.mails.mails for part in mail.iter_attachments()]
    assert "METHOD:PUBLISH" in str(calendars[0])
    assert "METHOD:CANCEL" in str(calendars[1])


def test_a_missed_appointment_and_an_accepted_referral_are_told(service, booked):
    booked()
    service.send()
    service.hear(appointment_event("arrived", sequence=2), appointment_event("missed", sequence=3), accepted_event())
    service.send()
    assert sorted(mail["Subject"] for mail in service.mails.mails)[:2] == [
        "No le vimos en su cita",
        "Otra oficina le va a llamar",
    ]
    assert all("UNHCR" not in str(mail) for mail in service.mails.mails)


def test_an_accepted_referral_of_an_appointment_not_heard_of_goes_by_the_channels_the_person_chose(service):
    service.hear(accepted_event(), person_event(service.settings.people_keys, channels=["sms"]))
    service.send()
    assert service.states() == {"email": "stopped", "sms": "sent"}


def test_the_same_event_twice_makes_one_message(service, booked):
    booked()
    event = appointment_event(case_id="case-9", reference="SND-0000-0009", channels=["email"])
    service.hear(event, event)
    service.db.inbox.delete_many({})  # even when its mark has run out
    service.db.inbox_cases.delete_many({})
    service.hear(event)
    service.send()
    assert len(service.messages(case_id="case-9")) == 1
    assert len(service.mails.mails) == 2


def test_somebody_elses_tries_to_book_again_are_told_once_a_day(service, booked):
    booked()
    service.send()
    tries = [appointment_event("requested_again", sequence=number) for number in (2, 3, 4)]
    service.hear(*tries)
    service.send()
    assert len(service.messages(template="contact_used_again")) == 2
    assert service.mails.mails[-1]["Subject"] == "Alguien quiso reservar otra vez con sus datos"


def test_a_message_waits_for_its_person_and_goes_when_they_come(service):
    service.hear(appointment_event())
    service.send()
    assert service.states() == {"email": "queued", "sms": "queued"}
    service.db.due.update_many({}, {"$set": {"due_at": clock.now() + timedelta(hours=1)}})
    service.hear(person_event(service.settings.people_keys))
    service.send()
    assert service.states() == {"email": "sent", "sms": "sent"}


def test_news_of_a_person_hasten_nothing_that_waits_for_something_else(service, booked):
    service.sms.answers = [(429, {"Retry-After": "60"}, {})]
    booked()
    service.send()
    service.hear(person_event(service.settings.people_keys, sequence=2))
    service.send()
    assert service.states() == {"email": "sent", "sms": "queued"}


def test_a_message_whose_person_never_comes_is_given_up_and_shown(service):
    service.hear(appointment_event(channels=["sms"]))
    long_ago = clock.now() - timedelta(hours=7)
    service.db.messages.update_many({}, {"$set": {"queued_at": long_ago}})
    service.send()
    one = service.message()
    assert (one.state, one.reason) == ("failed", "person_unknown")
    assert service.db.due.find_one()["state"] == "failed"
    assert service.announced()[0][1]["reason"] == "person_unknown"


def test_a_confirmation_is_not_sent_after_the_cancellation(service, booked):
    booked()
    service.hear(appointment_event("cancelled", sequence=2))
    service.send()
    assert {one.state for one in service.messages(template="appointment_booked")} == {"stopped"}
    assert {one.state for one in service.messages(template="appointment_cancelled")} == {"sent"}


def test_of_an_appointment_changed_before_it_was_confirmed_only_the_new_time_is_told(service, booked):
    booked()
    later = in_three_weeks() + timedelta(days=1)
    service.hear(appointment_event("rescheduled", sequence=2, starts_at=later))
    service.send()
    assert {one.state for one in service.messages(template="appointment_booked")} == {"stopped"}
    assert {one.state for one in service.messages(template="appointment_rescheduled")} == {"sent"}
    (text,) = service.sms.texts.values()
    assert text["text"].startswith("Sendero: cambio de cita, ahora es el")
    assert codes.code(service.settings.access_key, "SND-7K3M-Q2XA", 1) in text["text"]


def test_another_time_moves_the_entry_in_the_calendar(service, booked):
    booked()
    service.send()
    later = in_three_weeks() + timedelta(days=1)
    service.hear(appointment_event("rescheduled", sequence=2, starts_at=later))
    service.send()
    assert [mail["Subject"].split(":")[0] for mail in service.mails.mails] == ["Su cita", "Su cita cambió"]
    entries = [calendar_of(mail) for mail in service.mails.mails]
    assert [entry["UID"] for entry in entries] == [entries[0]["UID"]] * 2
    assert [entry["SEQUENCE"] for entry in entries] == [1, 2]
    assert entries[1]["DTSTART"].dt == later
    service.hear(appointment_event("cancelled", sequence=3, starts_at=later))
    service.send()
    assert service.states() == {"email": "sent", "sms": "sent"}


def calendar_of(mail):
    (part,) = mail.iter_attachments()
    return icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]


def test_who_has_no_phone_gets_no_sms_and_it_is_said(service, booked):
    booked(phone=None)
    service.send()
    assert service.states() == {"email": "sent", "sms": "failed"}
    assert service.message(channel="sms").reason == "no_contact"


# providers that fail


def test_a_mail_server_that_is_busy_is_asked_again(service, booked):
    service.mails.answers = ["451 try again later"]
    booked()
    service.send()
    assert service.message(channel="email").state == "queued"
    assert service.db.due.find_one({"lane": "email"})["error"] == "smtp_451"
    service.later()
    service.send()
    assert service.message(channel="email").state == "sent"
    assert len(service.mails.mails) == 1


@pytest.mark.parametrize("where", ["at_rcpt", "answers"])
def test_a_mail_that_is_refused_for_good_is_not_tried_again(service, booked, where):
    setattr(service.mails, where, ["550 no such user here"])
    booked()
    service.send()
    service.later()
    service.send()
    one = service.message(channel="email")
    assert (one.state, one.reason) == ("failed", "smtp_550")
    assert not service.mails.mails
    failed = [data for kind, data in service.announced() if kind == "message.failed.v1"]
    assert failed == [
        {
            "message_id": one.id,
            "person_id": "person-1",
            "template": "appointment_booked",
            "channel": "email",
            "reason": "smtp_550",
        }
    ]


def test_a_recipient_who_is_put_off_is_tried_again(service, booked):
    service.mails.at_rcpt = ["450 greylisted"]
    booked()
    service.send()
    assert service.db.due.find_one({"lane": "email"})["error"] == "smtp_450"


def test_a_connection_lost_after_the_mail_was_given_means_the_same_message_id_again(service, booked):
    service.mails.answers = ["close"]
    booked()
    service.send()
    assert service.message(channel="email").state == "queued"
    service.later()
    service.send()
    first, second = service.mails.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert service.message(channel="email").state == "sent"


def test_a_mail_server_that_is_away_is_tried_again_and_given_up_after_a_day(service, booked):
    booked()
    service.mails.answers = ["421 closing"]
    service.send()
    service.db.messages.update_many({}, {"$set": {"queued_at": clock.now() - timedelta(hours=25)}})
    service.later()
    service.send()
    one = service.message(channel="email")
    assert (one.state, one.reason) == ("failed", "unavailable")
    assert len(service.mails.attempts) == 1  # asked before it is handed over again


def test_a_message_that_waited_for_a_worker_longer_than_a_day_is_tried_once(service, booked):
    booked()
    service.db.messages.update_many({}, {"$set": {"queued_at": clock.now() - timedelta(hours=25)}})
    service.send()
    assert service.states() == {"email": "sent", "sms": "sent"}


def test_an_sms_provider_that_asks_to_wait_is_left_alone_that_long(service, booked):
    service.sms.answers = [(429, {"Retry-After": "120"}, {"error": "too_many"})]
    booked()
    service.send()
    row = service.db.due.find_one({"lane": "sms"})
    assert row["error"] == "http_429"
    assert timedelta(seconds=60) < row["due_at"] - clock.now() <= timedelta(seconds=120)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, {}, {}), "http_500"),
        ((503, {"Retry-After": "soon"}, {}), "http_503"),
        ((302, {"Location": "http://127.0.0.1:1/"}, {}), "http_302"),
        ((401, {}, {}), "http_401"),
        ((200, {}, b"<html>not json"), "unreadable_answer"),
        ((200, {}, {"status": "accepted"}), "unreadable_answer"),
    ],
)
def test_what_an_sms_provider_answers_otherwise_is_tried_again_with_the_same_key(service, booked, answer, reason):
    service.sms.answers = [answer]
    booked()
    service.send()
    assert service.db.due.find_one({"lane": "sms"})["error"] == reason
    service.later()
    service.send()
    assert service.message(channel="sms").state == "sent"
    assert len({call["key"] for call in service.sms.calls}) == 1
    assert len(service.sms.calls) == 2
    assert len(service.sms.texts) == 1


def test_a_number_that_is_none_is_not_tried_again(service, booked):
    service.sms.answers = [(400, {}, {"error": "invalid_number"})]
    booked()
    service.send()
    service.later()
    service.send()
    one = service.message(channel="sms")
    assert (one.state, one.reason) == ("failed", "invalid_number")
    assert len(service.sms.calls) == 1


def test_a_providers_own_words_are_kept_nowhere(service, booked):
    service.sms.answers = [(400, {}, {"error": f"number {PHONE} is unknown"})]
    booked()
    service.send()
    assert service.message(channel="sms").reason == "rejected"
    assert PHONE not in str(list(service.db.messages.find()) + list(service.db.outbox.find()))


# two at once, one too late


def test_two_senders_of_one_message_send_it_once(service, booked):
    booked()
    barrier = threading.Barrier(4)

    def sender():
        barrier.wait()
        service.send()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.mails.mails) == 1
    assert len(service.sms.calls) == 1
    assert len(service.announced()) == 2


def test_a_sender_whose_lease_ran_out_writes_nothing_more(service, booked):
    booked()
    work = due.claim(service.db, "email", list(timers.TIMERS))
    service.db.due.update_one({"_id": work.id}, {"$set": {"token": "another's"}})
    with pytest.raises(leases.Lost):
        timers.send_message(service.db, work)
    assert service.message(channel="email").state == "queued"
    assert service.announced() == []


def test_of_those_handed_over_at_one_moment_only_the_one_whose_lease_ran_out_is_not_noted(service):
    for n in range(6):
        service.hear(
            person_event(service.settings.people_keys, f"person-{n}", email=f"p{n}@example.org", channels=["email"]),
            appointment_event(
                person_id=f"person-{n}", case_id=f"case-{n}", reference=f"SND-0000-000{n}", channels=["email"]
            ),
        )
    works = [due.claim(service.db, "email", list(timers.TIMERS)) for _ in range(6)]
    service.db.due.update_one({"_id": works[3].id}, {"$set": {"token": "another's"}})
    with ThreadPoolExecutor(6) as together:
        runs = [together.submit(timers.send_message, service.db, work) for work in works]
    ends = [run.exception() for run in runs]
    assert [type(end) for end in ends] == [type(None)] * 3 + [leases.Lost] + [type(None)] * 2
    assert len(service.mails.mails) == 6
    not_noted = service.message(state="queued")
    assert not_noted.id == works[3].data["message_id"]
    assert len(service.messages(state="sent")) == 5
    assert [kind for kind, _ in service.announced()] == ["message.sent.v1"] * 5
    assert service.db.due.count_documents({"state": "done"}) == 5


def test_a_second_run_of_a_message_that_was_sent_does_nothing(service, booked):
    booked()
    work = due.claim(service.db, "email", list(timers.TIMERS))
    due.run(service.db, work, timers.send_message)
    timers.send_message(service.db, work)
    assert len(service.mails.mails) == 1


def test_nothing_of_a_person_lies_in_clear_in_the_database(service, booked):
    booked()
    service.send()
    everything = "".join(str(list(service.db[name].find())) for name in service.db.list_collection_names())
    for text in (PHONE, PHONE[-8:], EMAIL, "Ana", "López"):
        assert text not in everything
    assert actions.SEND in everything
