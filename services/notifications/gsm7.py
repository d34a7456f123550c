"""How a text travels as SMS: in GSM-7 (GSM 03.38) 160 letters fit, with one letter outside of it only 70 (UCS-2)."""

import math
import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # two septets each
PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("‘’‛ʼ′`´", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑–—", "-"),
        "…": "...",
        "•": "*",
        "ç": "c",
    }
)


def fits(text: str) -> bool:
    return all(letter in BASIC or letter in EXTENDED for letter in text)


def simplify(text: str) -> str:
    """The same text in letters of GSM-7 wherever a plain one reads the same: á í ó ú lose their accent, é ñ ü keep it.

    A letter without a plain form stays; the message is then a UCS-2 one.
    """
    return "".join(_simple(letter) for letter in unicodedata.normalize("NFC", text).translate(PLAIN))


def segments(text: str) -> int:
    """How many SMS the text is sent (and paid) as; a long one loses some room in each part to its header."""
    if fits(text):
        size = sum(2 if letter in EXTENDED else 1 for letter in text)
        return 1 if size <= 160 else math.ceil(size / 153)
    size = len(text.encode("utf-16-be")) // 2
    return 1 if size <= 70 else math.ceil(size / 67)


def _simple(letter: str) -> str:
    if fits(letter):
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
    return plain if plain and fits(plain) else letter
