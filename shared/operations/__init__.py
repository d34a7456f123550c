"""What operators see and do, the same on every service: queues, dead letters, announcing again, audit, trace."""

from typing import Any

from flask import Blueprint

from shared.inbox import Handlers, Reading
from shared.operations import console, routes


def blueprints(reading: Reading | Handlers) -> tuple[Any, Blueprint]:
    """`(api, pages)` for `web.create_app`: how the service reads is what a retried event needs."""
    if not isinstance(reading, Reading):
        reading = Reading(reading)
    return routes.api, console.blueprint(reading)
