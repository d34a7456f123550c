"""What a person asks for, and whether a slot, its office and its pathway can give it."""

from dataclasses import dataclass
from datetime import date, datetime

from services.booking import refusals
from services.booking.model.offer import REQUEST_WINDOW, Office, Pathway, Slot


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
class BookingRequest:
    slot_id: str
    pathway_id: str
    language: str
    channels: tuple[str, ...]
    person: Person
    companions: tuple[Companion, ...] = ()
    office_id: str | None = None  # given when the caller chose an office first: the slot must be of it

    @property
    def party_size(self) -> int:
        return 1 + len(self.companions)

    def must_fit(self, slot: Slot, office: Office, pathway: Pathway, now: datetime) -> None:
        if slot.pathway_id != self.pathway_id:
            raise refusals.WrongPathway()
        if self.office_id is not None and slot.office_id != self.office_id:
            raise refusals.WrongOffice()
        if pathway.mode == REQUEST_WINDOW:
            raise refusals.AskInWindow()
        if slot.starts_at <= now:
            raise refusals.SlotPast()
        if not office.intake.is_open(now):
            raise refusals.IntakeClosed()
        office.limits_of(pathway).must_allow(slot.starts_at, office.timezone, now)
        if self.party_size > pathway.max_party:
            detail = refusals.PartyTooLarge.detail
            raise refusals.PartyTooLarge(errors={"companions": detail}, most=pathway.max_party)
