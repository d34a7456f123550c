"""A pilot (some offices and services for some months) and the report on it, pure.

The report counts the appointments whose time lies in the pilot. What it tells is told of groups of five and more only,
and no number from one to four, nor what would give one away by subtraction (cells.py).
"""

from services.booking.model.pilot.cells import FEWEST, OTHER
from services.booking.model.pilot.pilot import Pilot, Planned, Planning
from services.booking.model.pilot.report import (
    COUNTS,
    DIMENSIONS,
    Counted,
    Line,
    Report,
    report,
)

__all__ = [
    "COUNTS",
    "DIMENSIONS",
    "FEWEST",
    "OTHER",
    "Counted",
    "Line",
    "Pilot",
    "Planned",
    "Planning",
    "Report",
    "report",
]
