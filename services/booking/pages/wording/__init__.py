"""How pages say what the service knows by code: languages, days, zones, states."""

from typing import Any

import flask

from services.booking.answers import own
from services.booking.pages.wording.names import (
    channel_names,
    happened,
    interpreted,
    named,
    need,
    need_names,
    need_options,
    part,
    phone,
    prefixed,
    request_status,
    spoken,
    status_name,
    why,
    window_state,
)
from services.booking.pages.wording.texts import (
    CHANNELS,
    HAPPENED,
    NEEDS,
    NEEDS_OF_DRAWS,
    PART_NAMES,
    PRIORITIES,
    REASONS,
    REFERRAL,
    REQUEST_STATUS,
    SPOKEN,
    STATUS,
    WHY,
    WINDOW_STATE,
)
from services.booking.pages.wording.times import (
    day,
    day_of_year,
    hour,
    local_day,
    moment,
    parts_of_day,
    short_day,
    span,
    zone,
)

__all__ = [
    "CHANNELS",
    "HAPPENED",
    "NEEDS",
    "NEEDS_OF_DRAWS",
    "PART_NAMES",
    "PRIORITIES",
    "REASONS",
    "REFERRAL",
    "REQUEST_STATUS",
    "SPOKEN",
    "STATUS",
    "WHY",
    "WINDOW_STATE",
    "WORDS",
    "channel_names",
    "day",
    "day_of_year",
    "happened",
    "hour",
    "interpreted",
    "local_day",
    "moment",
    "named",
    "need",
    "need_names",
    "need_options",
    "part",
    "parts_of_day",
    "phone",
    "prefixed",
    "register",
    "request_status",
    "short_day",
    "span",
    "spoken",
    "status_name",
    "why",
    "window_state",
    "zone",
]

WORDS = (
    *(request_status, window_state, need, part, moment),
    named,
    own,
    need_names,
    need_options,
    interpreted,
    happened,
    day,
    short_day,
    day_of_year,
    span,
    local_day,
    hour,
    zone,
    spoken,
    status_name,
    channel_names,
    phone,
    prefixed,
)


def register(blueprint: flask.Blueprint) -> None:
    names: dict[str, Any] = {one.__name__: one for one in WORDS}
    blueprint.context_processor(lambda: names)
