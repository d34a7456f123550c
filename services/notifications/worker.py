"""Notifications' background process: hears of appointments, referrals and people, sends, announces what came of it."""

from services.notifications import events, handlers, settings, timers
from shared import telemetry, worker


def main() -> None:
    telemetry.configure(settings.SERVICE)
    worker.run(settings.load(), handlers.READING, handlers.TOPICS, timers.TIMERS, events.TOPICS)


if __name__ == "__main__":
    main()
