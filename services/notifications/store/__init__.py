"""This service's collections: indexes, add, get, save, queries; one file per thing."""

from services.notifications.store import appointments, messages, people

COLLECTIONS = people.COLLECTIONS | appointments.COLLECTIONS | messages.COLLECTIONS
