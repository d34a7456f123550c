"""Many appointments of an office cancelled at once, whatever happens meanwhile.

*Two people* (deciding.py). One proposes, with a reason; nothing happens. Another approves, and in the same transaction
its work falls due (timers.py, working.py).

*Nobody slips in* (withdrawing.py). First the calendar says that the office is closed then, so that no renewal makes
those slots anew. Then the slots are withdrawn (capacity.py): whoever claims a place at that moment either has booked
before, and is found below, or finds the place gone. Only then people are told. A renewal that had read the calendar
before may still make such a slot, until it sees at its end that the calendar has changed: so there is a second look,
`LAST_LOOK` after the end.

*Another time first.* Where the office offers one (`rebook`), each slice is moved as far as there are free times
(moving.py); only who is left is cancelled, and comes before others when places come free (rebooking.py). How many were
moved is counted after them, so a crash may leave some uncounted.

*Offers too.* Places that a request window has offered there are taken back in the same slices (taking_back.py), before
the appointments, so that one confirmed meanwhile is found among these.

*Nobody twice, nobody left out* (slices.py). Slices of appointments, who comes soonest first; of each slice everything
is in one transaction: appointments over the version that was read, places, events, the count. It writes the decision's
document, if that still runs: after a stop is committed nobody more is cancelled, and two workers (one of them paused
for longer than its lease) take turns. It ends when a look from the beginning finds nobody.
"""

from services.booking.actions.mass_cancellation.deciding import approve, object_to, preview, propose, see, stop, whom
from services.booking.actions.mass_cancellation.falling_due import KIND, LANE
from services.booking.actions.mass_cancellation.working import go_on

__all__ = ["KIND", "LANE", "approve", "go_on", "object_to", "preview", "propose", "see", "stop", "whom"]
