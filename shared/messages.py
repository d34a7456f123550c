"""Messages in the languages of the house: English is the message id, others are read from .po files at the start."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations

LOCALES = ("es", "en")
DEFAULT = "es"
SHARED = Path(__file__).parent / "translations"


class Catalogue:
    """All messages of one service. Later folders win over earlier ones; shared's own come first."""

    def __init__(self, folders: Iterable[Path | str] = ()) -> None:
        paths = [SHARED, *(Path(folder) for folder in folders)]
        self._by_locale = {locale: _load(locale, paths) for locale in LOCALES}

    def gettext(self, locale: str, message: str, **params: Any) -> str:
        text = self._of(locale).gettext(message)
        return text % params if params else text

    def ngettext(self, locale: str, singular: str, plural: str, n: int, **params: Any) -> str:
        return self._of(locale).ngettext(singular, plural, n) % {"num": n, **params}

    def has(self, locale: str, message: str) -> bool:
        """Whether there is a translation of its own (always so in English)."""
        return locale == "en" or self._of(locale).gettext(message) != message

    def _of(self, locale: str) -> NullTranslations:
        return self._by_locale.get(locale) or self._by_locale[DEFAULT]


def _load(locale: str, folders: list[Path]) -> NullTranslations:
    merged: NullTranslations | None = None
    for folder in folders:
        path = folder / locale / "LC_MESSAGES" / "messages.po"
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, locale=locale)
        compiled = BytesIO()
        mofile.write_mo(compiled, catalogue)
        compiled.seek(0)
        found = Translations(compiled)
        merged = found if merged is None else merged.merge(found)  # type: ignore[attr-defined]
    return merged or NullTranslations()
