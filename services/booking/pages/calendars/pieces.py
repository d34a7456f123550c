"""The pieces of an office's calendar that a form shows one of: between what the document says and what is typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.booking import model
from services.booking.pages import forms
from shared.errors import N_

Row = dict[str, Any]

OPENING, CLOSED, EXTRA_DAYS, FEWER_DESKS = "opening", "closed", "extra_days", "fewer_desks"
LIMITS, HOLIDAYS, OWN_HOLIDAYS, WORKED_THROUGH = "limits", "holidays", "own_holidays", "worked_through"
LANGUAGES = "languages"
WEEKLY = (OPENING, EXTRA_DAYS)  # hours of one service
HOURS = ("from", "to", "minutes", "buffer", "places", "desks", "walk_ins", "walk_ins_free_minutes", LANGUAGES)
NUMBERS = ("minutes", "buffer", "places", "walk_ins", "walk_ins_free_minutes", "min_notice_minutes", "horizon_days")
TICKED = ("days", LANGUAGES)
WITH_COMMAS = ("desks", "categories")
IN_EACH_LANGUAGE = ("reason", "name")


@dataclass(frozen=True)
class Kind:
    """`path`: where it stands in the calendar. A list of rows there, unless it is said `once`. `kept`: what the form
    does not ask and stays as it was. `of_office`: it is of all services alike."""

    title: str
    path: tuple[str, ...]
    fields: tuple[str, ...]
    kept: tuple[str, ...] = ()
    once: bool = False
    of_office: bool = False


KINDS = {
    OPENING: Kind(N_("Opening hours"), (OPENING,), ("days", *HOURS, "valid_from", "valid_until", "on_holidays")),
    CLOSED: Kind(
        N_("Closed days"),
        ("exceptions", CLOSED),
        ("first", "last", "from", "to", "reason.es", "reason.en"),
        kept=("pathways",),
    ),
    EXTRA_DAYS: Kind(N_("Extra days"), ("exceptions", EXTRA_DAYS), ("date", *HOURS)),
    FEWER_DESKS: Kind(
        N_("Fewer places"),
        ("exceptions", FEWER_DESKS),
        ("first", "last", "places"),
        kept=("pathways", "without", "from", "to"),
    ),
    LIMITS: Kind(N_("How soon and how far ahead"), (LIMITS,), ("min_notice_minutes", "horizon_days"), once=True),
    HOLIDAYS: Kind(
        N_("National holidays"),
        (HOLIDAYS,),
        ("country", "subdivision", "categories"),
        kept=("add", "remove"),
        once=True,
        of_office=True,
    ),
    OWN_HOLIDAYS: Kind(
        N_("Holidays of this office"), (HOLIDAYS, "add"), ("date", "name.es", "name.en"), of_office=True
    ),
    WORKED_THROUGH: Kind(N_("National holidays on which it is open"), (HOLIDAYS, "remove"), ("date",), of_office=True),
    LANGUAGES: Kind(N_("Languages spoken"), (LANGUAGES,), (LANGUAGES,), once=True, of_office=True),
}


@dataclass(frozen=True)
class Piece:
    """Which piece of which calendar; `number` of its row, None: a new one, or one that is said once."""

    office: model.Office
    pathway: str
    name: str
    number: int | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def path(self) -> tuple[str, ...]:
        """Limits are said of each service."""
        return (*self.kind.path, self.pathway) if self.name == LIMITS else self.kind.path

    @property
    def rows(self) -> list[Row]:
        found = _at(vars(self.office), self.path) or ()
        return [{"date": one} for one in found] if self.name == WORKED_THROUGH else list(found)

    @property
    def before(self) -> Row:
        if self.name == LANGUAGES:
            return {LANGUAGES: list(self.office.languages)}
        if self.kind.once:
            return dict(_at(vars(self.office), self.path) or {})
        return {} if self.number is None else self.rows[self.number]

    @property
    def at(self) -> int:
        return len(self.rows) if self.number is None else self.number

    def numbered(self) -> list[tuple[int, Row]]:
        """Those that concern this service, with their number in the calendar."""

        def is_of(one: Row) -> bool:
            if "pathway" in one:
                return bool(one["pathway"] == self.pathway)
            return self.pathway in (one.get("pathways") or [self.pathway])

        return [(number, one) for number, one in enumerate(self.rows) if is_of(one)]

    def said(self, one: Row | None) -> Row:
        """As much of the calendar as changes: with this piece so, or without it."""
        return _put(vars(self.office), self.path, self._there(one))

    def _there(self, one: Row | None) -> Any:
        if self.name == LANGUAGES:
            return (one or {}).get(LANGUAGES, [])
        if self.kind.once:
            return one or {}
        rows = self.rows
        rows[self.at : self.at + 1] = [] if one is None else [one]
        return [row.get("date", "") for row in rows] if self.name == WORKED_THROUGH else rows

    def as_typed(self) -> Row:
        one = self.before
        flat = dict(one)
        for name in IN_EACH_LANGUAGE:
            flat |= {f"{name}.{language}": text for language, text in (one.get(name) or {}).items()}
        for name in WITH_COMMAS:
            flat |= {name: ", ".join(one[name])} if one.get(name) else {}
        return {name: flat[name] for name in self.kind.fields if flat.get(name) is not None}

    def row(self, typed: Row) -> Row:
        """What was typed, as the calendar says it."""
        values = forms.filled({name: text for name, text in typed.items() if "." not in name})
        for name in NUMBERS:
            if str(values.get(name, "")).isdecimal():
                values[name] = int(values[name])
        for name in WITH_COMMAS:
            if name in values:
                values[name] = [one.strip() for one in values[name].split(",") if one.strip()]
        for name in IN_EACH_LANGUAGE:
            if f"{name}.es" in self.kind.fields:
                values[name] = forms.filled({language: typed[f"{name}.{language}"] for language in ("es", "en")})
        if "on_holidays" in values:
            values["on_holidays"] = True
        return self._kept() | values

    def _kept(self) -> Row:
        before = self.before
        kept = {name: before[name] for name in self.kind.kept if name in before}
        if self.name in WEEKLY:
            return kept | {"pathway": self.pathway}
        is_new = not self.kind.once and self.number is None
        return kept | ({"pathways": [self.pathway]} if is_new and "pathways" in self.kind.kept else {})

    def at_their_fields(self, wrong: list[dict[str, str]]) -> list[dict[str, str]]:
        """Of this piece by the name of the form's field, in its order; what is at odds with another one stands
        above."""
        fields = ("", *self.kind.fields)
        found = [{"field": self._field(one["field"]), "message": one["message"]} for one in wrong]
        return sorted(found, key=lambda one: fields.index(one["field"]))

    def _field(self, named: str) -> str:
        of_limits = ("value",) if self.name == LIMITS else ()
        path = ".".join((*self.path, *of_limits, *(() if self.kind.once else (str(self.at),))))
        if named != path and not named.startswith(f"{path}."):
            return ""
        name, fields = named.removeprefix(path).removeprefix("."), self.kind.fields
        if len(fields) == 1:
            return fields[0]
        return next((each for each in fields if each == name or name.startswith(f"{each}.")), "")


def _at(document: Row, path: Sequence[str]) -> Any:
    found: Any = document
    for step in path:
        found = (found or {}).get(step)
    return found


def _put(document: Row, path: Sequence[str], value: Any) -> Row:
    step, *rest = path
    there = document.get(step) or {}
    return {step: {**there, **_put(there, rest, value)} if rest else value}
