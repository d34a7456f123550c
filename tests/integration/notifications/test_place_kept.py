"""A place that is kept for who comes before others, and is taken away by the office again: each is told once, and never
the one that is not true any more."""

from datetime import timedelta

from services.notifications.model import message
from shared import clock
from tests.notifications import appointment_event, in_three_weeks


def offered(sequence=2):
    at = in_three_weeks() + timedelta(days=2)
    times = {
        "offered_starts_at": at,
        "offered_ends_at": at + timedelta(minutes=30),
        "answer_by": at - timedelta(days=1),
    }
    more = {name: clock.rfc3339(when) for name, when in times.items()}
    return appointment_event("offered", sequence=sequence, code_number=1, bring={"es": "x", "en": "x"}, **more)


def withdrawn(sequence=3, **changes):
    at = in_three_weeks() + timedelta(days=2)
    more = {"offered_starts_at": clock.rfc3339(at), "first_until": clock.rfc3339(at), "status": "cancelled"}
    return appointment_event("offer_withdrawn", sequence=sequence, **(more | changes))


def states(service, template):
    return {one.channel: (one.state, one.reason) for one in service.messages(template=template)}


def test_that_it_is_taken_away_is_told_once_by_each_channel_and_nothing_need_be_done(service, booked):
    booked()
    service.send()
    event = withdrawn()
    service.hear(offered())
    service.send()
    service.hear(event, event)
    service.send()
    mail, text = service.mails.mails[-1], list(service.sms.texts.values())[-1]["text"]
    written = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "El lugar que le guardamos ya no puede ser"
    assert "no tiene que hacer nada" in written
    assert "Mientras tanto conserva la cita" not in written
    assert "vuelve a ir primero" in text
    assert len(service.messages(template="kept_withdrawn")) == 2


def test_who_still_has_their_first_time_is_told_that_it_stays(service, booked):
    booked()
    service.send()
    service.hear(withdrawn(sequence=2, status="booked"))
    service.send()
    written = service.mails.mails[-1].get_body(("plain",)).get_content()
    assert "Mientras tanto conserva la cita que tiene." in written


def test_what_waits_to_say_that_it_is_kept_is_not_sent_once_it_is_none(service, booked):
    booked()
    service.send()
    service.hear(offered(), withdrawn())
    service.send()
    gone, sent = (message.STOPPED, "no_longer_due"), (message.SENT, None)
    assert states(service, "place_kept") == {"email": gone, "sms": gone}
    assert states(service, "kept_withdrawn") == {"email": sent, "sms": sent}


def test_what_waits_to_say_that_it_is_none_is_not_sent_once_another_is_kept(service, booked):
    booked()
    service.hear(offered())
    service.send()
    service.hear(withdrawn(), offered(sequence=4))
    service.send()
    assert {state for state, _ in states(service, "kept_withdrawn").values()} == {message.STOPPED}
    assert [one.state for one in service.messages(template="place_kept")] == [message.SENT] * 4


def test_of_another_appointment_nothing_is_taken_back(service, booked):
    booked()
    service.hear(offered())
    service.hear(withdrawn(case_id="case-2", sequence=1, reference="SND-7K3M-Q2XB"))
    service.send()
    assert {state for state, _ in states(service, "place_kept").values()} == {message.SENT}
