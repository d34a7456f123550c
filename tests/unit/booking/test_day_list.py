"""What is found on a day's list."""

import pytest

from services.booking.day_list import Row, Sought
from tests import builders

ANA = {"name": "Ana Sofía Pérez López", "companions": [{"name": "Luis Ajú", "birth_date": "2015-02-03"}]}


def a_row(**changes: object) -> Row:
    return {"appointment": builders.an_appointment(**changes), "person": ANA}


@pytest.mark.parametrize("text", ["", "  ", "ana", "PEREZ", "pérez ana", "lop", "luis", "ajú", "snd 7k3m q2xa"])
def test_a_name_is_found_by_its_parts_without_accents_and_by_whom_they_bring(text: str) -> None:
    assert len(Sought(text).among([a_row()])) == 1


@pytest.mark.parametrize("text", ["eva", "ana eva", "ana luis", "érez", "SND-0000-0000", "7k3m"])
def test_what_is_not_there_is_not_found(text: str) -> None:
    assert Sought(text).among([a_row()]) == []


def test_who_was_erased_is_found_by_reference_only() -> None:
    row = {"appointment": builders.an_appointment(), "person": None}
    assert Sought("ana").among([row]) == []
    assert Sought("SND-7K3M-Q2XA").among([row]) == [row]


def test_a_list_is_narrowed_by_service_and_state() -> None:
    rows = [a_row(), a_row(pathway_id="protection"), a_row(status="missed")]
    assert Sought(pathway="protection").among(rows) == [rows[1]]
    assert Sought(status="missed").among(rows) == [rows[2]]
    assert Sought(pathway="protection", status="missed").among(rows) == []
