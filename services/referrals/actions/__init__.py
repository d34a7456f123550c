"""Everything that referrals can do, each one transaction; the only way to write."""

from services.referrals.actions.answers import accept, complete, decline, expire
from services.referrals.actions.consent import withdraw
from services.referrals.actions.delivering import Dispatch, begin_delivery, note_attempt
from services.referrals.actions.details import Details, show
from services.referrals.actions.opening import open_referral, route_again
from services.referrals.actions.people import change_person, erase_person
from services.referrals.actions.replaying import replay, replay_many, replay_slice
from services.referrals.actions.webhook import adopt_secret, rotate_secret, save_webhook, send_test, set_webhook

__all__ = [
    "Details",
    "Dispatch",
    "accept",
    "adopt_secret",
    "begin_delivery",
    "change_person",
    "complete",
    "decline",
    "erase_person",
    "expire",
    "note_attempt",
    "open_referral",
    "replay",
    "replay_many",
    "replay_slice",
    "rotate_secret",
    "route_again",
    "save_webhook",
    "send_test",
    "set_webhook",
    "show",
    "withdraw",
]
