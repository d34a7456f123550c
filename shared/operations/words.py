"""What the console says: states, what needs a person and what it means, numbers and spans as people say them."""

from typing import Any

from flask import Blueprint

from shared import mongo
from shared.errors import N_
from shared.operations.dead_letters import pages as letters
from shared.web import language

STATES = {
    "idle": N_("idle"),
    "working": N_("working"),
    "slow": N_("slow"),
    "stopped": N_("stopped"),
    "dead": N_("dead"),
    "in_trouble": N_("in trouble"),
    "replaced": N_("replaced"),
    "up": N_("up"),
    "down": N_("down"),
    "unknown": N_("unknown"),
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "again": N_("to be sent again"),
    "running": N_("running"),
    "done": N_("done"),
    "dead_letter": N_("dead letter"),
    "parked": N_("parked"),
    "discarded": N_("discarded"),
    "allowed": N_("allowed"),
    "refused": N_("refused"),
    "failed": N_("failed"),
    "announced": N_("announced"),
    "heard": N_("heard"),
    "work": N_("due work"),
    "consumer": N_("reader of events"),
    "relay": N_("relay to Kafka"),
    "timers": N_("due work"),
    "growing": N_("growing"),
    "steady": N_("steady"),
    "shrinking": N_("shrinking"),
    "now": N_("now"),
    "soon": N_("soon"),
    "no_answer": N_("does not answer"),
    "not_understood": N_("not understood"),
    **letters.STATES,
}
# code -> what it is, what it means and what to do
NEEDS = {
    "service_away": (
        N_("%(service)s does not answer"),
        N_("Nobody can say what waits there. Look at its web process, its database and the network between."),
    ),
    "service_refused": (
        N_("%(service)s refuses this console"),
        N_("The two were not given the same OPERATIONS_KEY, so what waits there is not shown here."),
    ),
    "service_not_understood": (
        N_("%(service)s answers in a way that is not understood here"),
        N_("One of the two is probably of another release. Look at its own console."),
    ),
    "worker_dead:consumer": (
        N_("Nobody reads events"),
        N_("What other services announce has no effect here. Start the worker: it goes on where it was."),
    ),
    "worker_dead:relay": (
        N_("Nobody announces"),
        N_("Other services learn of nothing that happens here. Start the worker: it goes on where it was."),
    ),
    "worker_dead:timers": (
        N_("Nobody does due work"),
        N_("Nothing is sent and no deadline is kept. Start the worker: it goes on where it was."),
    ),
    "reading_stopped": (
        N_("Reading has stopped"),
        N_("Ten cases in a row failed. Look at the dead letters, mend the cause, then let reading go on."),
    ),
    "broker_down": (
        N_("Kafka does not answer"),
        N_("Events wait and nothing is lost; workers try again by themselves. Look at the broker."),
    ),
    "queue_stopped:outbox": (
        N_("Announcing stands still: %(n)s wait"),
        N_("Nothing left for half a minute, though a relay lives. Look at the log of the worker."),
    ),
    "queue_stopped:topic": (
        N_("Reading of %(name)s stands still: %(n)s wait"),
        N_("Nothing was read for half a minute, though a reader lives. Look at the worker's log and at the broker."),
    ),
    "queue_stopped:lane": (
        N_("Due work of %(name)s stands still: %(n)s wait"),
        N_("Nothing was begun for half a minute, though a worker lives. Look at its log."),
    ),
    "queue_slow:outbox": (
        N_("Announcing falls behind: %(n)s wait"),
        N_("It moves, but does not get shorter. Look at the broker."),
    ),
    "queue_slow:topic": (
        N_("Reading of %(name)s falls behind: %(n)s wait"),
        N_("It moves, but does not get shorter. If this goes on, start more workers."),
    ),
    "queue_slow:lane": (
        N_("Due work of %(name)s falls behind: %(n)s wait"),
        N_("It moves, but does not get shorter. Is whoever receives it slow? Otherwise start more workers."),
    ),
    "dead_letters": (
        N_("Dead letters: %(n)s"),
        N_("These events failed by their own fault, and their cases wait for somebody."),
    ),
    "clock_off": (
        N_("A clock is wrong"),
        N_("A worker whose clock is 5 seconds off does no due work. Set the clock of its machine."),
    ),
    "part_in_trouble": (
        N_("In trouble: %(part)s"),
        N_("It tries again by itself. If this lasts, look at the log of the worker."),
    ),
    "work_failed": (
        N_("Due work that failed for good: %(n)s"),
        N_("It is not tried again by itself. Mend the cause, then let it run again."),
    ),
    "events_gone": (
        N_("Events that nobody can fill any more: %(n)s"),
        N_("Their cases went on without them. See which, and note that you know."),
    ),
    "worker_missing": (
        N_("Vanished without a word, %(part)s: %(n)s"),
        N_("Others of its kind go on, with fewer hands. Start another, or say that it was meant to go."),
    ),
}
QUEUES = {"outbox": N_("to be announced"), "topic": N_("read: %(name)s"), "lane": N_("due: %(name)s")}


def register(pages: Blueprint) -> None:
    for word in (state_word, age, count, need_title, need_meaning, queue_name):
        pages.app_template_filter(word.__name__)(word)


def state_word(state: str | None) -> str:
    return language.gettext(STATES[state]) if state in STATES else state or ""


def age(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return language.gettext(N_("%(n)s s"), n=round(seconds))
    if seconds < 7200:
        return language.gettext(N_("%(n)s min"), n=round(seconds / 60))
    if seconds < 48 * 3600:
        return language.gettext(N_("%(n)s h"), n=round(seconds / 3600))
    return language.gettext(N_("%(n)s days"), n=round(seconds / 86400))


def count(n: int | None) -> str:
    """Counting stops at some number: there are so many or more."""
    return "–" if n is None else f"{n}+" if n >= mongo.MOST_COUNTED else str(n)


def need_title(need: dict[str, Any]) -> str:
    return _say(need, 0) or language.gettext(N_("Something of another release: %(code)s"), code=need["code"])


def need_meaning(need: dict[str, Any]) -> str:
    return _say(need, 1) or language.gettext(N_("Look at the console of that service."))


def _say(need: dict[str, Any], which: int) -> str | None:
    told = NEEDS.get(need["code"]) or NEEDS.get(f"{need['code']}:{need['part'] or need['queue']}")
    if told is None:
        return None
    about = {"service": need["service"], "name": need["name"], "n": count(need["n"]), "part": state_word(need["part"])}
    return language.gettext(told[which], **about)


def queue_name(queue: dict[str, Any]) -> str:
    known = QUEUES.get(queue["kind"])
    return language.gettext(known, name=queue["name"]) if known else queue["name"]
