"""How many SMS a text costs: 160 characters of GSM-7 fit in one, but only 70 when one letter is not in it."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # count twice


def segments(text: str) -> tuple[int, str]:
    if all(letter in BASIC or letter in EXTENDED for letter in text):
        length = len(text) + sum(letter in EXTENDED for letter in text)
        return (1 if length <= 160 else -(-length // 153)), "GSM-7"
    length = len(text.encode("utf-16-be")) // 2
    return (1 if length <= 70 else -(-length // 67)), "UCS-2"
