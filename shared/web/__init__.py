"""What every web application of the house has: the names that services use as `web.…`."""

from shared.instants import Instant
from shared.web.app import create_app
from shared.web.bodies import any_body, json_object
from shared.web.caching import for_a_moment, public_page, tag, unchanged
from shared.web.context import db, settings
from shared.web.docs import PARTNER, PERSON, STAFF, problems
from shared.web.idempotency import IdempotencyKey, KeyInFlight, KeyReused, creates, idempotency_key, replayed
from shared.web.language import gettext, locale, ngettext
from shared.web.limits import at_most, network
from shared.web.paging import ListQuery, page
from shared.web.problems import field_errors
from shared.web.throttling import throttle, throttle_failed, throttle_passed

__all__ = [
    "PARTNER",
    "PERSON",
    "STAFF",
    "IdempotencyKey",
    "Instant",
    "KeyInFlight",
    "KeyReused",
    "ListQuery",
    "any_body",
    "at_most",
    "create_app",
    "creates",
    "db",
    "field_errors",
    "for_a_moment",
    "gettext",
    "idempotency_key",
    "json_object",
    "locale",
    "network",
    "ngettext",
    "page",
    "problems",
    "public_page",
    "replayed",
    "settings",
    "tag",
    "throttle",
    "throttle_failed",
    "throttle_passed",
    "unchanged",
]
