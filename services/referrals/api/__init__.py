"""The JSON routes of referrals: what a partner uses."""

from services.referrals.api import events, referrals, webhook

BLUEPRINTS = [referrals.blueprint, events.blueprint, webhook.blueprint]
