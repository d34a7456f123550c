"""What is done to the system, when and to what: pure, and the same for the same seed."""

import dataclasses
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass

AT_ONCE = 3  # faults that may be going on together
LONGEST_GAP = 7.0

WEB = tuple(f"{service} web" for service in ("booking", "referrals", "notifications"))
ALL_IN_ONE = ("booking worker-1", "booking worker-2", "notifications worker-1", "notifications worker-2")
APART = ("referrals relay-1", "referrals timers-1", "referrals consumer-1", "referrals worker-2")
BROKER_WAYS = ("booking-kafka", "referrals-kafka", "notifications-kafka")
DATABASE_WAYS = ("referrals-mongo", "notifications-mongo")
READERS = ("booking", "referrals", "notifications")
CHANNELS = ("email", "sms", "partner")


@dataclass(frozen=True)
class Row:
    """One kind of fault: what it can hit, how long it lasts (seconds, from and to), how often it is in a full plan, and
    about how long its part then takes to be ready again."""

    kind: str
    targets: tuple[str, ...]
    lasts: tuple[float, float]
    times: int
    recovers: float = 2.0


ROWS = (
    Row("kill", WEB, (0, 0), 3),
    Row("kill", (*ALL_IN_ONE, *APART), (0, 0), 8),
    Row("kill-at", ("booking booked-unanswered", "booking changed-unwritten"), (0, 0), 3),
    Row("kill-at", tuple(f"{service} sent-unmarked" for service in READERS), (0, 0), 3),
    Row("kill-at", tuple(f"{service} done-uncommitted" for service in READERS), (0, 0), 3),
    Row("kill-at", ("notifications mail-unnoted",), (0, 0), 2),
    Row("kill-at", ("notifications sms-unnoted",), (0, 0), 2),
    Row("kill-at", ("referrals webhook-unnoted",), (0, 0), 2),
    Row("pause", tuple(f"{service} consumer" for service in READERS), (8, 12), 3),  # the group's session: 6 s
    Row("pause", tuple(f"{service} relay" for service in READERS), (22, 25), 3),  # its lease: 20 s
    Row("pause", ("notifications sending", "referrals sending"), (47, 50), 2),  # the lease of due work: 45 s
    Row("pause", WEB, (5, 10), 2),
    Row("broker-kill", ("broker",), (2, 8), 2, 8),
    Row("broker-wipe", ("broker",), (1, 3), 2, 15),
    Row("broker-wipe-past", ("notifications", "referrals"), (1, 2), 2, 25),
    Row("group-reset", READERS, (1, 2), 3, 12),
    Row("database-kill", READERS, (2, 6), 3, 8),
    Row("step-down", ("booking",), (10, 10), 3, 2),
    Row("network-cut", (*BROKER_WAYS, *DATABASE_WAYS), (4, 12), 3),
    Row("network-slow", (*BROKER_WAYS, *DATABASE_WAYS), (8, 15), 3),
    Row("network-half-open", (*BROKER_WAYS, *DATABASE_WAYS), (8, 20), 3),
    Row("network-stall", (*BROKER_WAYS, *DATABASE_WAYS), (8, 25), 3),
    Row("provider-down", CHANNELS, (5, 10), 2),
    Row("provider-slow", CHANNELS, (6, 12), 2),
    Row("provider-500", CHANNELS, (5, 10), 2),
    Row("provider-429", CHANNELS, (5, 10), 2),
    Row("provider-reset_after", CHANNELS, (3, 6), 3),
    Row("poison-not-json", READERS, (0, 0), 2),
    Row("poison-wrong-shape", READERS, (0, 0), 2),
    Row("poison-unknown-version", READERS, (0, 0), 2),
    Row("raising", READERS, (4, 8), 3),
    Row("clock", ("booking web", "notifications worker-1", "booking worker-2", "referrals timers-1"), (12, 20), 3),
)
SHORT = (  # kinds, with a word of the target where it matters: those that cost least and show most
    ("kill", "web"),
    ("kill-at", "booked-unanswered"),
    ("kill-at", "sent-unmarked"),
    ("kill-at", "done-uncommitted"),
    ("kill-at", "mail-unnoted"),
    ("pause", "relay"),
    ("pause", "consumer"),
    ("broker-wipe", ""),
    ("group-reset", ""),
    ("step-down", ""),
    ("network-half-open", ""),
    ("provider-reset_after", ""),
    ("poison-wrong-shape", ""),
    ("raising", ""),
    ("clock", ""),
)
OF_SERVERS = ("broker-", "group-", "database-", "step-", "network-")


@dataclass(frozen=True)
class Fault:
    """`at`: seconds from the plan's beginning; `draw`: a number of its own for what it still has to choose."""

    n: int
    kind: str
    target: str
    at: float
    seconds: float
    draw: int

    @property
    def uses(self) -> frozenset[str]:
        """What no other fault may touch meanwhile."""
        service, _, rest = self.target.partition(" ")
        if self.kind.startswith("broker-"):
            return frozenset({"broker", *BROKER_WAYS, *(f"{reader} readers" for reader in READERS)})
        if self.kind == "group-reset":
            return frozenset({f"{self.target} readers", f"{self.target}-kafka"})
        if self.kind in ("database-kill", "step-down"):
            return frozenset({f"{self.target}-mongo"})
        if self.kind.startswith("provider-"):
            return frozenset({self.target})
        if self.kind == "raising":
            return frozenset({f"{self.target} handlers"})
        if self.kind == "pause" and rest == "sending":
            return frozenset({f"{service} readers", *CHANNELS})
        if self.kind in ("kill", "pause", "clock", "kill-at"):
            return frozenset({self.target if rest == "web" else f"{service} readers"})
        if self.kind.startswith("poison-"):
            return frozenset({"broker"})  # it must be there to take them
        return frozenset({self.target})


def plan(seed: int, count: int, short: bool = False, servers: bool = True) -> list[Fault]:
    """So many faults. `servers`: False leaves out what is done to servers and network."""
    drawn = random.Random(seed)
    rows = [row for row in ROWS if servers or not row.kind.startswith(OF_SERVERS)]
    chosen = _short(rows, drawn) if short else _full(rows, drawn)
    faults: list[Fault] = []
    at = 0.0
    for n in range(count):
        row, target = chosen[n % len(chosen)]
        at += drawn.uniform(1, 3 if short else LONGEST_GAP)
        fault = Fault(n + 1, row.kind, target, 0, round(drawn.uniform(*row.lasts), 1), drawn.randrange(2**32))
        at = math.ceil(_free(at, fault, faults) * 10) / 10
        faults.append(dataclasses.replace(fault, at=at))
    return faults


def length(faults: list[Fault]) -> float:
    """Seconds from the beginning until the last one is over."""
    return max((fault.at + lasts(fault) for fault in faults), default=0)


def lasts(fault: Fault) -> float:
    """About: with the time until its part is ready again."""
    return fault.seconds + next(row.recovers for row in ROWS if row.kind == fault.kind)


def _full(rows: list[Row], drawn: random.Random) -> list[tuple[Row, str]]:
    """Every kind as often as it is to be, its targets in turn, in a drawn order."""
    found = []
    for row in rows:
        targets = drawn.sample(row.targets, len(row.targets))
        found += [(row, targets[n % len(targets)]) for n in range(row.times)]
    drawn.shuffle(found)
    return found


def _short(rows: list[Row], drawn: random.Random) -> list[tuple[Row, str]]:
    found = []
    for kind, word in SHORT:
        fitting = [(row, target) for row in rows if row.kind == kind for target in row.targets if word in target]
        found += [drawn.choice(fitting)] if fitting else []
    drawn.shuffle(found)
    return found


def _free(at: float, fault: Fault, earlier: Iterable[Fault]) -> float:
    """The first moment from `at` on when what it uses is free and no more than AT_ONCE go on."""
    going = [(one, one.at + lasts(one)) for one in earlier]
    for _, end in sorted([(None, at), *going], key=lambda pair: pair[1]):
        begin = max(at, end)
        together = [one for one, end in going if end > begin]
        if len(together) < AT_ONCE and not any(one.uses & fault.uses for one in together):
            return begin
    return at
