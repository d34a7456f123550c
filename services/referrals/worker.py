"""The background process of referrals: reads booking and people, announces, delivers, watches deadlines."""

from services.referrals import events, handlers, settings, timers
from shared import telemetry, worker


def main() -> None:
    telemetry.configure(settings.SERVICE)
    worker.run(settings.load(), handlers.READING, handlers.TOPICS, timers.TIMERS, events.TOPICS)


if __name__ == "__main__":
    main()
