"""An office's calendar, pure: opening hours, holidays and exceptions into slots, kept as instants in UTC.

As its document and its file say it, times by the wall clock of the office, `"24:00"` is midnight, dates inclusive:

    "timezone": "America/Guatemala",
    "opening": [{"pathway": id, "days": ["mon", …], "from": "08:00", "to": "16:00", "minutes": 30, "buffer": 5,
                 "places": 3 or "desks": ["1", "2"], "languages": ["es", …],
                 "walk_ins": 1, "walk_ins_free_minutes": 30, "on_holidays": false,
                 "valid_from": "2027-01-01", "valid_until": "2027-06-30"}, …],
    "holidays": {"country": "GT", "subdivision": …, "categories": ["public"],
                 "add": [{"date": "2027-10-07" or "10-07", "name": {"es": …, "en": …}}], "remove": ["08-15"]},
    "exceptions": {"closed": [{"first": "2027-01-04", "last": "2027-01-08", "from": …, "to": …, "pathways": […],
                               "reason": {"es": …, "en": …}}],
                   "extra_days": [{"date": "2027-01-09", and hours as above}],
                   "fewer_desks": [{"first": …, …, "without": ["2"] or "places": 1}]},
    "limits": {pathway: {"min_notice_minutes": 60, "horizon_days": 7}}

What may be left out is, in this order: buffer, languages (the office's), how many places of each time are held back for
who walks in (0), how many minutes before those left are everybody's (never), on_holidays, validity; `last` (that one
day), hours (all day) and pathways (all) of an exception; of the limits what the pathway says (limits.py).
"""

from services.booking.model.calendar.calendar import Calendar, ClosedDay
from services.booking.model.calendar.conflicts import NOT_OFFERED, conflicts
from services.booking.model.calendar.exceptions import Text
from services.booking.model.calendar.reading import closed_too, read

__all__ = ["NOT_OFFERED", "Calendar", "ClosedDay", "Text", "closed_too", "conflicts", "read"]
