"""What arrived at people's mailboxes and phones, from the listener's copy of the postbox."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

REFERENCE = re.compile(r"SND-[0-9A-Z]{4}-[0-9A-Z]{4}")
# What each message says and no other does, in both languages; mail and SMS alike begin their own way.
SAYS = {
    "appointment_booked": ("Su cita está confirmada", "appointment is confirmed", "su cita es el", "appointment is on"),
    "appointment_cancelled": ("queda cancelada", "is cancelled"),
    "referral_accepted": ("va a seguir con su caso", "will go on with your case"),
    "appointment_rescheduled": ("cambio de cita", "Su cita cambió", "appointment has changed"),
    "office_cancelled": (
        *("la oficina cancel", "La oficina tuvo que cancelar"),
        *("the office cancelled", "The office had to cancel"),
    ),
    "request_received": (
        *("recibimos su solicitud", "Recibimos su solicitud"),
        *("we have your request", "have received your request"),
    ),
    "request_allocated": (
        "tiene lugar el",
        "un lugar para usted: conf",
        "you have a place",
        "a place for you: confirm",
    ),
    "request_waitlisted": ("en la lista de espera", "You are on the waitlist"),
    "request_expired": ("no se confirm", "was not confirmed in time"),
    "request_withdrawn": ("se retir", "is withdrawn"),
    "offer_withdrawn": (
        "darle el lugar que le ofrecimos",
        *("cannot keep the place we offered", "cannot keep the place that we offered"),
    ),
    "place_kept": ("hay lugar el", "Le guardamos un lugar", "lace is kept for you"),
    "kept_withdrawn": ("dar el lugar que le guardamos", "give the place that was kept for you"),
    "appointment_missed": ("No le vimos", "no le vimos", "did not see you"),
    "contact_used_again": ("quiso reservar otra vez", "tried to book again"),
}


@dataclass(frozen=True)
class Received:
    """`sender_id`: the Message-ID of a mail, the reference of an SMS: what the provider knows it by."""

    id: str
    channel: str
    to: str
    sender_id: str
    template: str | None  # None: it says nothing that we know
    reference: str | None
    at: float


def read(folder: Path) -> list[Received]:
    """In the order of their arrival."""
    path = folder / "postbox.jsonl"
    found = {}
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                if "id" in item:
                    found[item["id"]] = item
    return sorted((received(item) for item in found.values()), key=lambda one: one.at)


def received(item: dict[str, str]) -> Received:
    text = item["text"]
    saying = [name for name, phrases in SAYS.items() if any(phrase in text for phrase in phrases)]
    named = REFERENCE.search(text)
    return Received(
        id=item["id"],
        channel=item["channel"],
        to=item["to"],
        sender_id=item.get("message_id") or item.get("reference") or "",
        template=saying[0] if len(saying) == 1 else None,
        reference=named.group() if named else None,
        at=datetime.fromisoformat(item["received_at"]).timestamp(),
    )
