"""A referral: offered to one partner at a time until one takes it, nobody is left, or consent is withdrawn."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.referrals.model.case import Case, Decision, Reason
from services.referrals.model.consent import Consent
from services.referrals.model.offer import Offer
from services.referrals.model.refusals import AnswerTooLate, ConsentWithdrawn, NotOffered, OfferEnded, WrongState
from shared import clock

OPENED, OFFERED, ACCEPTED, COMPLETED = "opened", "offered", "accepted", "completed"
DECLINED, NO_ANSWER, UNPLACED, WITHDRAWN = "declined", "no_answer", "unplaced", "withdrawn"

PRIORITIES = ("urgent", "high", "normal")
DECLINE_REASONS = ("capacity", "not_eligible", "out_of_area", "wrong_service", "other")
OUTCOMES = ("helped", "referred_on", "not_reached", "person_declined")
ANSWER_WITHIN = {"urgent": timedelta(hours=24), "high": timedelta(hours=72), "normal": timedelta(weeks=2)}


@dataclass(frozen=True)
class Step:
    """One line of the history; `by` is an id or a word of this module, `code` an enumeration."""

    at: datetime
    what: str
    by: str
    partner_id: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Referral:
    id: str
    case_id: str
    request_id: str
    appointment_id: str
    reference: str
    person_id: str
    office: dict[str, Any]
    service: str
    priority: str
    language: str
    languages: tuple[str, ...]
    consent: Consent
    opened_at: datetime
    status: str = OPENED
    offers: tuple[Offer, ...] = ()
    reasons: tuple[tuple[Reason, ...], ...] = ()
    history: tuple[Step, ...] = ()
    version: int = 0

    @property
    def case(self) -> Case:
        return Case(
            service=self.service,
            priority=self.priority,
            region=self.office["region"],
            languages=tuple(dict.fromkeys((*self.languages, self.language))),
            consented=self.consent.partners if self.consent.stands else (),
            asked=tuple(offer.partner_id for offer in self.offers),
        )

    @property
    def current(self) -> Offer | None:
        """The offer that is open: waiting for an answer, accepted or completed."""
        last = self.offers[-1] if self.offers else None
        return last if last and last.status in (OFFERED, ACCEPTED, COMPLETED) else None

    def offer_to(self, partner_id: str) -> Offer:
        """Raises NotOffered: what exists elsewhere is not told."""
        found = [offer for offer in self.offers if offer.partner_id == partner_id]
        if not found:
            raise NotOffered()
        return found[-1]

    def place(self, decision: Decision, now: datetime) -> "Referral":
        """Offers it to the partner that routing chose, or keeps why there is none."""
        if self.status not in (OPENED, DECLINED, UNPLACED):
            raise WrongState(status=self.status)
        placed = replace(self, reasons=(*self.reasons, decision.reasons))
        if decision.chosen is None:
            return placed._next(UNPLACED, Step(now, UNPLACED, "routing"))
        offer = Offer(decision.chosen, OFFERED, now, now + ANSWER_WITHIN[self.priority])
        placed = replace(placed, offers=(*self.offers, offer))
        return placed._next(OFFERED, Step(now, OFFERED, "routing", decision.chosen))

    def accept(self, partner_id: str, now: datetime) -> "Referral":
        offer = self.offer_to(partner_id)
        if offer.status in (ACCEPTED, COMPLETED) and self.status != WITHDRAWN:
            return self
        self._must_await(offer, now)
        accepted = replace(offer, status=ACCEPTED, answered_at=now)
        return self._answered(accepted, ACCEPTED, Step(now, ACCEPTED, partner_id, partner_id))

    def decline(self, partner_id: str, reason: str, now: datetime) -> "Referral":
        offer = self.offer_to(partner_id)
        if offer.status == DECLINED and offer.reason == reason:
            return self
        self._must_await(offer, now)
        declined = replace(offer, status=DECLINED, answered_at=now, reason=reason)
        return self._answered(declined, DECLINED, Step(now, DECLINED, partner_id, partner_id, reason))

    def expire(self, number: int, now: datetime) -> "Referral":
        """The offer of this number ran out unanswered. One that was answered in time stays as it is."""
        offer = self.offers[number]
        if offer.status != OFFERED or self.status != OFFERED or now < offer.answer_by:
            return self
        lapsed = replace(offer, status=NO_ANSWER, reason=NO_ANSWER)
        return self._answered(lapsed, DECLINED, Step(now, NO_ANSWER, "deadline", offer.partner_id, NO_ANSWER))

    def complete(self, partner_id: str, done: Offer, now: datetime) -> "Referral":
        """`done` is the offer as it would be: outcome, sealed note and its mark. Only an accepted one is completed."""
        offer = self.offer_to(partner_id)
        if offer.status == COMPLETED and (offer.outcome, offer.note_mark) == (done.outcome, done.note_mark):
            return self
        if offer.status != ACCEPTED or self.status != ACCEPTED:
            raise WrongState(status=offer.status)
        finished = replace(
            offer, status=COMPLETED, completed_at=now, outcome=done.outcome, note=done.note, note_mark=done.note_mark
        )
        return self._answered(finished, COMPLETED, Step(now, COMPLETED, partner_id, partner_id, done.outcome))

    def withdraw(self, by: str, now: datetime) -> "Referral":
        """Consent is withdrawn: nothing goes on. What was completed stays completed, closed to its partner."""
        consent = self.consent.withdraw(by, now)
        withdrawn = replace(self, consent=consent)
        if self.status == COMPLETED:
            return withdrawn._next(COMPLETED, Step(now, WITHDRAWN, by))
        if self.current:
            withdrawn = replace(withdrawn, offers=(*self.offers[:-1], replace(self.current, status=WITHDRAWN)))
        return withdrawn._next(WITHDRAWN, Step(now, WITHDRAWN, by))

    def show_to(self, partner_id: str, now: datetime) -> Offer:
        """May this partner read the person's details now? Its offer, or a refusal."""
        offer = self.offer_to(partner_id)
        if not self.consent.covers(partner_id):
            raise ConsentWithdrawn()
        if offer.status in (DECLINED, NO_ANSWER) or (offer.status == OFFERED and now >= offer.answer_by):
            raise OfferEnded()
        return offer

    def forget_notes(self) -> "Referral":
        """The person is to be forgotten: what partners wrote about them goes."""
        return replace(self, offers=tuple(replace(offer, note=None, note_mark=None) for offer in self.offers))

    def _must_await(self, offer: Offer, now: datetime) -> None:
        if offer.status == NO_ANSWER or (offer.status == OFFERED and now >= offer.answer_by):
            raise AnswerTooLate(answer_by=clock.rfc3339(offer.answer_by))
        if offer.status != OFFERED or self.status != OFFERED:
            raise WrongState(status=offer.status)

    def _answered(self, offer: Offer, status: str, step: Step) -> "Referral":
        return replace(self, offers=(*self.offers[:-1], offer))._next(status, step)

    def _next(self, status: str, step: Step) -> "Referral":
        return replace(self, status=status, history=(*self.history, step), version=self.version + 1)
