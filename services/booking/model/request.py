"""What a person asks for, and whether a slot, its office and its pathway can give it."""

from dataclasses import dataclass
from datetime import date, datetime

from services.booking import refusals
from services.booking.model.offer import REQUEST_WINDOW, Office, Pathway, Slot

WALK_IN = "walk_in"
ON_BEHALF = ("hotline", "at_the_office", "by_letter", "partner", "other")


@dataclass(frozen=True)
class Companion:
    name: str
    birth_date: date


@dataclass(frozen=True)
class Person:
    name: str
    birth_date: date
    phone: str | None = None  # E.164
    email: str | None = None
    document: str | None = None


@dataclass(frozen=True)
class LostCode:
    """Whose code is lost: one of these."""

    reference: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class AtTheDesk:
    """That staff book or ask for somebody: who, and why not the person (`walk_in`, or one of ON_BEHALF)."""

    account: str
    why: str


@dataclass(frozen=True)
class BookingRequest:
    slot_id: str
    pathway_id: str
    language: str
    channels: tuple[str, ...]
    person: Person
    companions: tuple[Companion, ...] = ()
    needs: tuple[str, ...] = ()  # of whoever comes, such as "wheelchair"
    interpreter: str | None = None  # the language to interpret from, ISO 639
    verification: str | None = None  # the id of one of these contacts' verification
    office_id: str | None = None  # given when the caller chose an office first: the slot must be of it
    hold_id: str | None = None  # its places are taken; `slot_id` is that of the hold then
    desk: AtTheDesk | None = None

    @property
    def party_size(self) -> int:
        return 1 + len(self.companions)

    @property
    def is_walk_in(self) -> bool:
        return self.desk is not None and self.desk.why == WALK_IN

    def must_fit(self, slot: Slot, office: Office, pathway: Pathway, now: datetime) -> None:
        if slot.pathway_id != self.pathway_id:
            raise refusals.WrongPathway()
        if self.office_id is not None and slot.office_id != self.office_id:
            raise refusals.WrongOffice()
        self._must_be_in_time(slot, office, pathway, now)
        must_not_be_too_many(self.party_size, pathway, "companions")

    def _must_be_in_time(self, slot: Slot, office: Office, pathway: Pathway, now: datetime) -> None:
        """Intake, notice and horizon bind the public. Who stands at the desk may still take a time that has begun, and
        a place that no draw gave to anybody."""
        if not self.desk:
            must_be_offered(slot, office, pathway, now)
        elif slot.ends_at <= now:
            raise refusals.SlotPast()


def must_be_offered(slot: Slot, office: Office, pathway: Pathway, now: datetime) -> None:
    if pathway.mode == REQUEST_WINDOW:
        raise refusals.AskInWindow()
    if slot.starts_at <= now:
        raise refusals.SlotPast()
    if not office.intake_of(pathway.id, now).is_open(now):
        raise refusals.IntakeClosed()
    office.limits_of(pathway).must_allow(slot.starts_at, office.timezone, now)


def must_not_be_too_many(party_size: int, pathway: Pathway, field: str) -> None:
    if party_size > pathway.max_party:
        raise refusals.PartyTooLarge(errors={field: refusals.PartyTooLarge.detail}, most=pathway.max_party)
