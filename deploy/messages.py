"""`make messages`: brings the texts marked in code and templates into each room's Spanish catalogue."""

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
ROOMS = ("shared", "services/booking", "services/referrals", "services/notifications")
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}


def path(room: str, locale: str = "es") -> Path:
    return ROOT / room / "translations" / locale / "LC_MESSAGES" / "messages.po"


def marked(room: str) -> Catalog:
    """Every text of the room that is marked for translation, and where it stands."""
    found = Catalog(project="sendero", charset="utf-8", creation_date=None)
    for name, line, text, comments, context in extract_from_dir(ROOT / room, METHODS, OPTIONS, KEYWORDS, ("i18n:",)):
        found.add(text, None, [(f"{room}/{name}", line)], auto_comments=comments, context=context)
    return found


def catalogue(room: str, locale: str = "es") -> Catalog:
    file = path(room, locale)
    if not file.exists():
        return Catalog(locale=locale, project="sendero", charset="utf-8")
    with file.open("rb") as content:
        return read_po(content, locale=locale)


def lacking(room: str, locale: str = "es") -> list[Message]:
    """Texts without a translation, or with one that is only guessed. What shared has, the services have."""
    known = [catalogue(room, locale), catalogue("shared", locale)]

    def translated(one: Message) -> bool:
        return any(_good(each.get(one.id, one.context)) for each in known)

    return [one for one in marked(room) if one.id and not translated(one)]


def _good(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts)


def update(room: str, locale: str = "es") -> None:
    """New texts come in empty, those no longer marked go."""
    translated = catalogue(room, locale)
    translated.update(marked(room), no_fuzzy_matching=True, update_creation_date=False)
    path(room, locale).parent.mkdir(parents=True, exist_ok=True)
    with path(room, locale).open("wb") as file:
        write_po(file, translated, width=110, ignore_obsolete=True, sort_output=True, no_location=True)


def main() -> None:
    for room in ROOMS:
        update(room)
        left = lacking(room)
        print(f"{path(room).relative_to(ROOT)}: {len(left)} texts to translate")
        for message in left:
            print(f"    {message.id}")


if __name__ == "__main__":
    main()
