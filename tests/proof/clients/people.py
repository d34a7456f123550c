"""Who comes, and what each of them does: the same for the same seed. Everybody's data are words that nobody else has.

All words of a run hold its `marker`, nine letters that no text holds by chance, so that one search finds anybody's; a
phone number holds the run's own digits in its place.
"""

import random
import string
from dataclasses import dataclass
from typing import Any

MARKER_LETTERS = "bcdfghjkqvwxz"
MARKER_LENGTH = 9
GROUP, EVERY = 8, 160  # so many people want the same scarce slot, once in so many cases
CHANNELS = (("email",),) * 8 + (("sms",),) * 7 + (("email", "sms"),) * 5  # a message costs more than a booking
GIVEN_NAMES = ("Ana", "José", "Lucía", "Andrés", "Zoila", "Íñigo")
KINDS = (  # one by one; who comes in a group: see below
    *(("books",) * 10 + ("cancels",) * 4 + ("is_referred",) * 4),
    *(("changes",) * 3 + ("holds",) * 2 + ("lets_run_out",) + ("family",) * 2),
)
GROUPS = 1600  # so many cases to a group that asks in a request window, and one that comes to times that are cancelled
ASKERS, ASKERS_LATER = 10, 40  # in the first window, and in each of the others
CONCERNED = 6
WINDOWS, BATCHES = 4, 6  # at most, the first ones: a window needs a quarter of an hour
# What each of ten who ask does about a place that is drawn for them, in turn. A draw is another one in each run, since
# it rests on ids that nobody can know; so many let a place go that it comes to all who ask for one.
OUTCOMES = (
    *("confirms", "lapses", "gives_up", "confirms", "lapses"),
    *("confirms_and_cancels", "confirms", "gives_up", "lapses", "confirms"),
)
AS_TWO = (2, 5, 8)  # of these ten, who come with somebody
PARTS = {8: ("morning", "afternoon"), 9: ("evening", "morning")}  # and whom not any time suits
IN_NEED = (0, 2, 4)


@dataclass(frozen=True)
class Words:
    """What the words of one run have in common."""

    marker: str
    phone: str  # the digits after the +, without the last five

    @classmethod
    def of(cls, seed: int) -> "Words":
        chance = random.Random(f"words {seed}")
        marker = "".join(chance.choice(MARKER_LETTERS) for _ in range(MARKER_LENGTH))
        return cls(marker, f"5025{chance.randrange(10, 100)}")


@dataclass(frozen=True)
class Case:
    """One person and what becomes of them. `number` from 0."""

    number: int
    kind: str  # one of KINDS, or: wants_scarce, asks, is_flooded
    impatient: bool  # hangs up on the first answer, then repeats
    repeats: bool  # sends the same request again after the answer
    withdraws: bool  # takes the consent back once a partner has accepted
    channels: tuple[str, ...]
    language: str
    name: str
    email: str
    phone: str
    document: str
    birth_date: str
    companions: tuple[tuple[str, str], ...] = ()  # name and birth date of each
    outcome: str = ""  # one of OUTCOMES
    availability: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def person(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "birth_date": self.birth_date,
            "phone": self.phone,
            "email": self.email,
            "document": self.document,
        }

    def request(self, pathway: str, time: dict[str, Any]) -> dict[str, Any]:
        """`time`: a slot, a hold, or what suits."""
        return {
            **time,
            "pathway": pathway,
            "language": self.language,
            "channels": list(self.channels),
            "person": self.person(),
            "companions": [{"name": name, "birth_date": born} for name, born in self.companions],
        }


def case(seed: int, number: int) -> Case:
    chance, words = random.Random(f"{seed} {number}"), Words.of(seed)
    letters = _letters(number)
    word = words.marker + letters
    kind = _kind(number, chance.choice(KINDS))
    return Case(
        number,
        kind=kind,
        impatient=chance.random() < 0.15,
        repeats=chance.random() < 0.15,
        withdraws=chance.random() < 0.15,
        channels=chance.choice(CHANNELS),
        language=chance.choice(("es", "es", "en")),
        name=f"{chance.choice(GIVEN_NAMES)} {word.capitalize()}",
        email=f"{word}@example.test",
        phone=f"+{words.phone}{phone_end(number):05}",
        document=f"DPI {word.upper()}",
        birth_date=_birth_date(chance, 1950, 2006),
        companions=_companions(number, kind, word, chance),
        **(_wishes(number) if kind == "asks" else {}),
    )


def _wishes(number: int) -> dict[str, Any]:
    of_ten = (number % GROUPS - GROUP) % 10
    needs = ("medical",) if of_ten in IN_NEED else ()
    return {"outcome": OUTCOMES[of_ten], "availability": PARTS.get(of_ten, ()), "needs": needs}


def _kind(number: int, drawn: str) -> str:
    if number % EVERY < GROUP:
        return "wants_scarce"
    if window(number) is not None:
        return "asks"
    return "is_flooded" if batch(number) is not None else drawn


def _companions(number: int, kind: str, word: str, chance: random.Random) -> tuple[tuple[str, str], ...]:
    """A family is of two or three; some of those who ask for a place come as two."""
    count = {"family": chance.choice((1, 2)), "asks": int((number % GROUPS - GROUP) % 10 in AS_TWO)}.get(kind, 0)
    born = [_birth_date(chance, 1980, 2020) for _ in range(count)]
    return tuple((f"{chance.choice(GIVEN_NAMES)} {word.capitalize()}", day) for day in born)


def _birth_date(chance: random.Random, first: int, last: int) -> str:
    return f"{chance.randrange(first, last)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"


def askers(number: int) -> int:
    """How many ask in a window."""
    return ASKERS_LATER if number else ASKERS


def window(number: int) -> int | None:
    """The window in which somebody asks; None: not in any."""
    of, within = divmod(number, GROUPS)
    return of if of < WINDOWS and GROUP <= within < GROUP + askers(of) else None


def batch(number: int) -> int | None:
    """With which times that are cancelled somebody is concerned; None: with none."""
    of, within = divmod(number, GROUPS)
    first = GROUP + askers(of)
    return of if of < BATCHES and first <= within < first + CONCERNED else None


def is_first(number: int) -> bool:
    """Of those who ask in a window, or come to times that are cancelled: with them the office does its part."""
    within = number % GROUPS
    return within in (GROUP, GROUP + askers(number // GROUPS))


def windows(cases: int) -> int:
    return len({window(number) for number in range(cases)} - {None})


def batches(cases: int) -> int:
    return len({batch(number) for number in range(cases)} - {None})


def group(number: int) -> int:
    """Which scarce slot somebody wants."""
    return number // EVERY


def phone_end(number: int) -> int:
    """Never one that ends in 000, which the provider refuses. Below 100,000 for 99,900 people."""
    return number + number // 999 + 1


def number_of_phone(end: int) -> int:
    return end - end // 1000 - 1


def _letters(number: int) -> str:
    """A number as letters, none of the marker's, and always as many."""
    alphabet = [letter for letter in string.ascii_lowercase if letter not in MARKER_LETTERS]
    found = ""
    for _ in range(5):
        number, rest = divmod(number, len(alphabet))
        found = alphabet[rest] + found
    return found


def number_of(letters: str) -> int:
    """Whose word this is: the letters after the marker, in any case."""
    alphabet = [letter for letter in string.ascii_lowercase if letter not in MARKER_LETTERS]
    number = 0
    for letter in letters.lower():
        number = number * len(alphabet) + alphabet.index(letter)
    return number
