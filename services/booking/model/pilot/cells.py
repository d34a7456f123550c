"""What of a table is hidden, so that nobody is known by it: no number from one to four, nor by subtraction.

Groups under five are one group, `OTHER`, together with at least one more, until together they are five. Of what is left
a table is lines of numbers that add up to something: along a row the parts of a whole, down a column the groups of the
total. In no line is only one number hidden, nor do those that are hidden add up to less than five (but where the total
itself is not told). Zeros are told: nobody is nobody.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

FEWEST = 5
OTHER = "other groups"  # no office, service, language and week is called so
Cell = TypeVar("Cell", bound=Hashable)


def small(sizes: Mapping[str, int]) -> set[str]:
    """Which groups become one: all under five, and more until together they are not: two at least."""
    by_size = sorted(sizes, key=lambda group: (sizes[group], group))
    number = sum(sizes[group] < FEWEST for group in by_size)
    while 0 < number < len(by_size) and (number < 2 or sum(sizes[one] for one in by_size[:number]) < FEWEST):
        number += 1
    return set(by_size[:number])


def hidden(values: Mapping[Cell, int], lines: Sequence[tuple[Sequence[Cell], Cell]]) -> set[Cell]:
    """`lines`: cells that add up to the cell beside them."""
    found = {cell for cell, value in values.items() if 0 < value < FEWEST}
    before = -1
    while len(found) > before:
        before = len(found)
        for cells, total in lines:
            more = _one_more(values, found, cells, total)
            found |= {more} if more is not None else set()
    return found


def _one_more(values: Mapping[Cell, int], found: set[Cell], cells: Sequence[Cell], total: Cell) -> Cell | None:
    """Another cell of this line that has to be hidden."""
    gone = [cell for cell in cells if cell in found]
    if total in found:
        is_safe = bool(gone) or not values[total]
    else:
        is_safe = not gone or (len(gone) > 1 and sum(values[cell] for cell in gone) >= FEWEST)
    if is_safe:
        return None
    left = [cell for cell in cells if cell not in found and values[cell]]
    return min(left, key=lambda cell: values[cell], default=None if total in found else total)
