"""Who comes to a proof: the same people for the same seed, in every way there is."""

from tests.proof.clients import people

SEED = 3
SHORT, FULL = 800, 10_000
WAYS = {*people.KINDS, "wants_scarce", "asks", "is_flooded"}


def test_who_comes_is_the_same_for_the_same_seed() -> None:
    assert people.case(SEED, 17) == people.case(SEED, 17) != people.case(SEED + 1, 17)


def test_a_short_run_has_every_way_of_coming_to_a_place() -> None:
    assert {people.case(SEED, number).kind for number in range(SHORT)} == WAYS
    assert (people.windows(SHORT), people.batches(SHORT)) == (1, 1)


def test_a_full_run_has_some_windows_and_some_times_that_are_cancelled() -> None:
    assert (people.windows(FULL), people.batches(FULL)) == (people.WINDOWS, people.BATCHES)
    cases = [people.case(SEED, number) for number in range(FULL)]
    asking = [case for case in cases if case.kind == "asks"]
    assert len(asking) == sum(people.askers(number) for number in range(people.WINDOWS))
    firsts = [case for case in cases if case.kind in ("asks", "is_flooded") and people.is_first(case.number)]
    assert len(firsts) == people.WINDOWS + people.BATCHES


def test_of_ten_who_ask_those_who_keep_a_place_are_fewer_than_the_places() -> None:
    """So a place comes to all of the others, whatever the draw was, and each does about it what they have in mind."""
    ten = [people.case(SEED, number) for number in range(people.GROUP, people.GROUP + people.ASKERS)]
    keep = [case for case in ten if case.outcome == "confirms"]
    assert sum(1 + len(case.companions) for case in keep) < 6
    assert {case.outcome for case in ten} == set(people.OUTCOMES)


def test_who_comes_along_is_known_by_the_same_word() -> None:
    family = next(case for case in (people.case(SEED, n) for n in range(SHORT)) if case.kind == "family")
    word = family.name.split()[-1]
    assert 1 <= len(family.companions) <= 2
    assert all(name.endswith(word) for name, _ in family.companions)
