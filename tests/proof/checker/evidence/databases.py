"""The datastores as they are now: the rows that the promises are about, and every byte of every collection."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from shared import sealed
from tests.proof.clients.people import Words, number_of, number_of_phone

PIECE = 2 * 1024 * 1024
SERVICES = ("booking", "referrals", "notifications")
_EVENT = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "at": 1, "position": 1, "waiting": 1}
_HEARD = {"topic": 1, "key": 1, "sequence": 1, "type": 1, "at": 1, "state": 1}
_SPINE: dict[str, Any] = {
    "outbox": _EVENT,
    "outbox_sequences": None,
    "relay": None,
    "inbox": _HEARD,
    "inbox_cases": None,
    "due": {"data": 0},
    "consumer": None,
}
COLLECTIONS: dict[str, dict[str, Any]] = {
    "booking": {
        **_SPINE,
        "appointments": {"fingerprints": 0, "cancel_reason": 0},
        "slots": None,
        "places": None,
        "contacts": None,
        "holds": {"request": 0},
        "requests": {"fingerprints": 0, "adults": 0, "request": 0},
        "mass_cancellations": {"note": 0, "request": 0},
    },
    "referrals": {
        **_SPINE,
        "referrals": None,
        "people": {"sequence": 1},
        "partners": None,
        "partner_events": None,
        "deliveries": None,
    },
    "notifications": {
        **_SPINE,
        "messages": {"recipient": 0},
        "appointments": None,
        "people": {"sequence": 1},
    },
}
Rows = list[dict[str, Any]]


def read(database: Callable[[str], Database]) -> dict[str, dict[str, Rows]]:
    found: dict[str, dict[str, Rows]] = {}
    for service, collections in COLLECTIONS.items():
        db = database(service)
        found[service] = {name: list(db[name].find({}, fields)) for name, fields in collections.items()}
    return found


def persons(
    database: Callable[[str], Database], settings: Mapping[str, str], words: Words
) -> dict[str, dict[str, int]]:
    """Who is in the sealed box under each id, in each service's own copy. -1: nobody who came, or the box does not open
    under this id."""
    found: dict[str, dict[str, int]] = {}
    for service in SERVICES:
        keys = sealed.Keys.parse(settings[f"{service.upper()}_SEAL_KEYS"])
        found[service] = {}
        for row in database(service).people.find({"sealed": {"$exists": True}}, {"sealed": 1}):
            found[service][row["_id"]] = _inside(keys, row, words)
    return found


def _inside(keys: sealed.Keys, row: dict[str, Any], words: Words) -> int:
    try:
        content = keys.open(row["sealed"], row["_id"])
    except sealed.CannotOpen:
        return -1
    return whose({**content, **content.get("contacts", {})}, words)


def whose(content: Mapping[str, Any], words: Words) -> int:
    """The case of whoever has this email and this phone; -1 when they are two people's, or nobody's."""
    email, phone = content.get("email") or "", content.get("phone") or content.get("sms") or ""
    numbers = set()
    if email.startswith(words.marker):
        numbers.add(number_of(email.removeprefix(words.marker).partition("@")[0]))
    if phone.startswith(f"+{words.phone}"):
        numbers.add(number_of_phone(int(phone[-5:])))
    return numbers.pop() if len(numbers) == 1 else -1


def bytes_of(database: Callable[[str], Database], look: Callable[[str, bytes], None]) -> int:
    """Every document of every service as the bytes that the server keeps. How many bytes."""
    total = 0
    for service in SERVICES:
        db = database(service)
        for name in sorted(db.list_collection_names(filter={"type": "collection"})):
            raw = db.get_collection(name, codec_options=CodecOptions(document_class=RawBSONDocument))
            for many in _together(document.raw for document in raw.find({}, batch_size=2000)):
                total += len(many)
                look(f"datastore {service}.{name}", many)
    return total


def _together(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Many at a time: one search through a lot is cheaper than many through a little."""
    kept: list[bytes] = []
    size = 0
    for document in documents:
        kept.append(document)
        size += len(document)
        if size > PIECE:
            yield b"\n".join(kept)
            kept, size = [], 0
    yield b"\n".join(kept)
