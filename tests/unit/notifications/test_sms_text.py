"""SMS as they are paid for: letters of GSM-7, few segments."""

import pytest

from services.notifications import gsm7, render
from services.notifications.model.contact import LANGUAGES
from services.notifications.model.message import TEMPLATES
from tests.notifications import a_message, facts, some_settings

SMS = [(template, language) for template in TEMPLATES for language in LANGUAGES]


def sms(template: str, language: str, **changes) -> str:
    one = a_message(template, "sms", facts=facts(**changes))
    return render.outgoing(some_settings(), one, "+50255551234", language, one.created_at).text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ñ" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("ʼ" * 134, 2),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_networks_count_them(text, count):
    assert gsm7.segments(text) == count


def test_one_accent_outside_of_gsm7_makes_the_whole_message_a_short_one():
    assert gsm7.segments("a" * 100) == 1
    assert gsm7.segments("a" * 99 + "ó") == 2


def test_accents_that_cost_a_segment_are_left_out_and_those_that_are_free_are_kept():
    assert (
        gsm7.simplify("¿Qué año? ¡Mañana, en Sololá, Petén: pingüino!")
        == "¿Qué año? ¡Mañana, en Solola, Petén: pingüino!"
    )
    assert gsm7.simplify("“K’iche’” – 9:30\u202fAM…") == "\"K'iche'\" - 9:30 AM..."


def test_a_letter_without_a_plain_form_stays():
    assert gsm7.simplify("日") == "日"
    assert not gsm7.fits("日")


@pytest.mark.parametrize(("template", "language"), SMS)
def test_every_sms_is_gsm7_and_fits_two_segments(template, language):
    text = sms(template, language)
    assert gsm7.fits(text), [letter for letter in text if not gsm7.fits(letter)]
    assert gsm7.segments(text) <= 2, (len(text), text)


@pytest.mark.parametrize(("template", "language"), SMS)
def test_every_sms_says_who_writes_that_it_is_free_how_to_check_it_and_how_to_stop_it(template, language):
    text = sms(template, language)
    assert text.startswith("Sendero: ")
    assert {"es": "gratis", "en": "Free of charge"}[language] in text
    assert "https://avisos.sendero.example/check?message=ABCD1234" in text
    assert {"es": "ALTO", "en": "STOP"}[language] in text
    assert "SND-7K3M-Q2XA" in text or template == "one_time_code"  # before there is an appointment


def test_a_confirmation_says_when_in_which_zone_where_and_gives_reference_and_code():
    start = facts()["starts_at"].replace(year=2026, month=12, day=14)
    text = sms("appointment_booked", "es", starts_at=start)
    assert "lun 14 dic 2026, 09:30 (hora de Guatemala)" in text
    assert "Oficina Ciudad de Guatemala" in text
    assert "codigo " in text
    assert "Guatemala Time" in sms("appointment_booked", "en", starts_at=start)


@pytest.mark.parametrize("status", ["booked", "cancelled"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_that_a_kept_place_is_taken_away_fits_two_segments_with_what_stays(language, status):
    text = sms("kept_withdrawn", language, status=status)
    keeps = {"es": "Su cita sigue igual", "en": "You keep your own time"}[language]
    assert (keeps in text) == (status == "booked")
    assert gsm7.fits(text)
    assert gsm7.segments(text) <= 2, (len(text), text)


@pytest.mark.parametrize("name", ["Oficina", "Oficina de la Ciudad de Guatemala y sus alrededores (ejemplo)"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_that_somebody_comes_first_for_another_time_fits_two_segments(language, name):
    office = facts()["office"] | {"name": name}
    text = sms("office_cancelled", language, office=office, rebook=True, first_until=facts()["starts_at"])
    assert {"es": "usted va primero", "en": "you are first"}[language] in text
    assert gsm7.fits(text)
    assert gsm7.segments(text) <= 2, (len(text), text)


def test_a_long_address_is_left_out_rather_than_a_third_segment_sent():
    office = facts()["office"] | {"address": "Calzada " * 30}
    text = sms("appointment_booked", "es", office=office)
    assert "Calzada" not in text
    assert gsm7.segments(text) <= 2
