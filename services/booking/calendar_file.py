"""An appointment as a calendar file: discreet, with the office's own zone in it, and always under the same UID."""

from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from services.booking import model
from shared import calendars

SUMMARY = {"es": "Cita", "en": "Appointment"}
REFERENCE = {"es": "Referencia", "en": "Reference"}
STATUS = {model.CANCELLED: "CANCELLED"}


def of(appointment: model.Appointment, office: model.Office) -> bytes:
    """Says neither what it is about nor the code. SEQUENCE is the appointment's version: a later file counts."""
    zone, language = ZoneInfo(appointment.timezone), appointment.language
    event = Event()
    event.add("uid", f"{appointment.id}@sendero")
    event.add("sequence", appointment.version)
    event.add("dtstamp", appointment.history[-1]["at"])
    event.add("dtstart", appointment.starts_at.astimezone(zone))
    event.add("dtend", appointment.ends_at.astimezone(zone))
    event.add("summary", SUMMARY.get(language, SUMMARY["es"]))
    event.add("description", f"{REFERENCE.get(language, REFERENCE['es'])}: {appointment.reference}")
    event.add("location", vText(f"{office.address}, {office.city}"))
    event.add("status", STATUS.get(appointment.status, "CONFIRMED"))
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Sendero//booking//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendars.add(calendar, event, zone.key)
    return calendar.to_ical()
