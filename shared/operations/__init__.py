"""What operators see and do, the same on every service: queues, dead letters, announcing again, audit, trace."""

from typing import Any

from flask import Blueprint

from shared.inbox import Handlers, Reading
from shared.operations import console, routes
from shared.operations.access import CaseOf
from shared.operations.dead_letters import routes as _of_dead_letters  # noqa: F401 - they hang on routes.api


def blueprints(reading: Reading | Handlers, case_of: CaseOf | None = None) -> tuple[Any, Blueprint]:
    """`(api, pages)` for `web.create_app`: how the service reads is what a retried event needs; `case_of` finds the
    case of a reference, where the service has such."""
    if not isinstance(reading, Reading):
        reading = Reading(reading)
    return routes.api, console.blueprint(reading, case_of)
