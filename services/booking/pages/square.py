"""The square code of an appointment (QR): who of the office reads it with a camera, and is signed in, finds it."""

import segno
from markupsafe import Markup

from shared import web

FIND = "/staff/find?reference="


def of(reference: str) -> Markup:
    """As inline SVG: dark on white in any colour scheme, since cameras read nothing else. It holds the address of a
    staff page and the reference, nothing about the person."""
    code = segno.make_qr(f"{web.settings().for_staff}{FIND}{reference}", error="m")
    drawn = code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="square", lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn here, of our own address and a reference
