"""The figures published afterwards: what is shown, and that the small groups cannot be worked out."""

from hypothesis import given
from hypothesis import strategies as st

from services.booking.model.draw import figures
from services.booking.model.draw.figures import OTHER, Counted, Figures


def counted(**groups: tuple[int, int]) -> list[Counted]:
    """`es=(10, 5)`: ten asked, five of them drawn."""
    return [
        Counted(group, number < drawn, number) for group, (asked, drawn) in groups.items() for number in range(asked)
    ]


def shown(**groups: tuple[int, int]) -> dict[str, tuple[int, int | None]]:
    return {one.group: (one.asked, one.drawn) for one in figures.table(counted(**groups))}


def test_odds_and_waiting_are_told_of_each_group():
    assert figures.table(counted(es=(20, 5), quc=(10, 10))) == (
        Figures("es", 20, 5, 25.0, 2.0),
        Figures("quc", 10, 10, 100.0, 4.5),
    )
    assert figures.total(counted(es=(30, 10))) == Figures("", 30, 10, 33.3, 4.5)


def test_small_groups_are_told_together():
    assert shown(es=(50, 20), mam=(4, 2), quc=(3, 3), en=(9, 5)) == {"en": (9, 5), "es": (50, 20), OTHER: (7, 5)}


def test_one_small_group_takes_the_next_smallest_with_it_or_the_total_would_tell():
    assert shown(es=(50, 20), en=(9, 5), mam=(4, 0)) == {"es": (50, 20), OTHER: (13, 5)}
    assert shown(es=(50, 20), mam=(4, 0)) == {}
    assert shown(mam=(4, 4)) == {}


def test_two_that_are_fewer_than_five_together_take_a_third():
    assert shown(es=(50, 20), en=(9, 6), mam=(1, 0), quc=(2, 0)) == {"es": (50, 20), OTHER: (12, 6)}


def test_few_drawn_are_hidden_in_two_rows_or_more():
    assert shown(es=(50, 20), en=(30, 9), quc=(20, 2)) == {"en": (30, None), "es": (50, 20), "quc": (20, None)}
    assert shown(es=(50, 20), quc=(20, 2)) == {"es": (50, None), "quc": (20, None)}
    assert shown(es=(50, 3), quc=(20, 0)) == {"es": (50, None), "quc": (20, None)}


def test_nobody_drawn_is_told():
    assert shown(es=(50, 20), quc=(20, 0)) == {"es": (50, 20), "quc": (20, 0)}
    assert figures.table(counted(quc=(20, 0))) == (Figures("quc", 20, 0, 0.0, None),)
    assert figures.table([]) == ()


groups = st.dictionaries(
    st.sampled_from(("es", "en", "quc", "mam", "kek", "caa")),
    st.integers(1, 12).flatmap(lambda asked: st.tuples(st.just(asked), st.integers(0, asked))),
    max_size=6,
)


@given(groups)
def test_no_small_group_is_shown_nor_left_over(asked):
    rows = figures.table(counted(**asked))
    named = {one.group: one for one in rows}
    assert all(one.asked >= figures.FEWEST for one in rows)
    unnamed = [asked[group][0] for group in asked if group not in named]
    assert not rows or len(unnamed) != 1
    assert not rows or not unnamed or named[OTHER].asked == sum(unnamed) >= figures.FEWEST


@given(groups)
def test_few_drawn_are_neither_shown_nor_what_is_left_of_the_total(asked):
    rows = figures.table(counted(**asked))
    assert all(one.drawn is None or not 0 < one.drawn < figures.FEWEST for one in rows if len(rows) > 1)
    hidden = [one for one in rows if one.drawn is None]
    assert all((one.odds, one.waited) == (None, None) for one in hidden)
    left = figures.total(counted(**asked)).drawn - sum(one.drawn for one in rows if one.drawn is not None)
    assert not hidden or len(hidden) == len(rows) or (len(hidden) > 1 and left >= figures.FEWEST)
