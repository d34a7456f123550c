"""What a person does: finds a free time, books, looks at it, is told, cancels."""

import secrets
from typing import Any

from deploy.demo import client, state


def all_answer(walk: state.Walk) -> str:
    given = walk.given
    for url in (given.booking_staff, given.referrals_staff, given.notifications_staff):
        _answers(url, "/readyz")
    for url in (given.postbox, given.partner):
        _answers(url, "/healthz")
    return "three services, the postbox and the demo partner"


def _answers(url: str, path: str) -> None:
    last = client.Failed("", "")

    def look() -> bool:
        nonlocal last
        try:
            client.Site(url).get(path).must(200)
        except client.Failed as failure:
            last = failure
            return False
        return True

    try:
        state.until(f"{url}{path} answers 200", look)
    except client.Failed as failure:
        raise client.Failed(f"{failure.expected}; is the stack up (make run, or make up)?", last.got) from last


def pathways(walk: state.Walk) -> str:
    items = walk.public.get("/api/v1/pathways").must(200).body["items"]
    state.expect(any(item["id"] == state.PATHWAY for item in items), f"the pathway {state.PATHWAY}", items)
    return ", ".join(item["name"] for item in items)


def offices(walk: state.Walk) -> str:
    items = walk.public.get(f"/api/v1/offices?pathway={state.PATHWAY}").must(200).body["items"]
    state.expect(any(item["id"] == state.OFFICE for item in items), f"the office {state.OFFICE}", items)
    return ", ".join(item["city"] for item in items)


def free_slots(walk: state.Walk) -> str:
    path = f"/api/v1/offices/{state.OFFICE}/slots?pathway={state.PATHWAY}&limit=200"
    walk.slots = [slot for slot in walk.public.get(path).must(200).body["items"] if slot["free"] > 0]
    state.expect(len(walk.slots) > 1, "two free times or more", walk.slots)
    return f"{len(walk.slots)} free, the first {state.local(walk.slots[0])}"


def book(walk: state.Walk) -> str:
    """The first free time: the office can note an arrival only on its day, or shortly before."""
    walk.booked = _book(walk, walk.slots)
    return f"{walk.booked.reference} and a code, for {state.local(walk.booked.body)}"


def _book(walk: state.Walk, slots: list[dict[str, Any]]) -> state.Booked:
    """Where others were faster, the next time."""
    person, key = state.Person(), secrets.token_urlsafe(24)
    for slot in slots[:10]:
        request = person.request(slot["id"])
        answer = walk.public.post("/api/v1/appointments", request, **{"Idempotency-Key": key})
        if answer.status != 409 or not answer.body["type"].endswith((":slot-taken", ":slot-past")):
            return state.Booked(person, key, request, answer.must(201).body)
    raise client.Failed("a free time", "ten were taken by others meanwhile")


def book_again(walk: state.Walk) -> str:
    first = walk.booked
    answer = walk.public.post("/api/v1/appointments", first.request, **{"Idempotency-Key": first.key}).must(201)
    state.expect(answer.body == first.body, f"the first answer: {first.body}", answer.body)
    replayed = answer.headers.get("Idempotency-Replayed")
    state.expect(replayed == "true", "the header Idempotency-Replayed: true", replayed)
    return "the same reference and code, marked as repeated"


def email_arrives(walk: state.Walk) -> str:
    mail = walk.new_message(walk.booked.person.email)
    state.expect(walk.booked.reference in mail["text"], f"{walk.booked.reference} in the text", mail["text"])
    state.expect(mail["html"], "an HTML part as well", mail)
    calendars = [each for each in mail["attachments"] if "BEGIN:VCALENDAR" in each["content"]]
    state.expect(calendars, "a calendar file attached", mail["attachments"])
    return f"“{mail['subject']}” with {calendars[0]['filename']}"


def sms_arrives(walk: state.Walk) -> str:
    message = walk.new_message(walk.booked.person.phone)
    state.expect(walk.booked.reference in message["text"], f"{walk.booked.reference} in it", message["text"])
    return f"“{message['text']}”"


def status(walk: state.Walk) -> str:
    shown = walk.booked.site(walk.given.booking).get(walk.booked.path).must(200).body
    state.expect(shown["status"] == "booked", "status booked", shown)
    return "booked; reference and code open it"


def status_needs_the_code(walk: state.Walk) -> str:
    walk.booked.site(walk.given.booking, code="00000000").get(walk.booked.path).must(401)
    return "refused"


def told_by_email(walk: state.Walk) -> str:
    return f"“{walk.new_message(walk.booked.person.email)['subject']}”"


def told_by_sms(walk: state.Walk) -> str:
    return f"“{walk.new_message(walk.booked.person.phone)['text']}”"


def outcome_shown(walk: state.Walk) -> str:
    site = walk.booked.site(walk.given.booking)

    def look() -> bool:
        shown = site.get(walk.booked.path).must(200).body
        return any(each["status"] == "completed" for each in shown["referrals"])

    state.until("the appointment to show its referral as completed", look)
    return "attended, referral completed"


def book_another(walk: state.Walk) -> str:
    later = [slot for slot in walk.slots if state.hours_until(slot) > 2] or walk.slots[1:]
    walk.other = _book(walk, later)
    for to in (walk.other.person.email, walk.other.person.phone):
        walk.new_message(to)
    return f"{walk.other.reference}, confirmed by email and SMS"


def cancel(walk: state.Walk) -> str:
    site = walk.other.site(walk.given.booking)
    shown = site.post(f"{walk.other.path}/cancellation", {"reason": "Demo"}).must(200).body
    state.expect(shown["status"] == "cancelled", "status cancelled", shown)
    return "status cancelled"


def cancellation_told(walk: state.Walk) -> str:
    person, reference = walk.other.person, walk.other.reference
    mail, message = walk.new_message(person.email), walk.new_message(person.phone)
    state.expect(reference in mail["text"], f"{reference} in the mail", mail["text"])
    return f"“{mail['subject']}”; SMS “{message['text']}”"
