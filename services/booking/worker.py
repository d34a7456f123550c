"""Booking's background process: hears of referrals and messages, announces, and does what falls due."""

from services.booking import events, handlers, settings, timers, upkeep
from shared import worker


def main() -> None:
    worker.run(
        settings.load(),
        handlers.READING,
        handlers.TOPICS,
        timers.TIMERS,
        events.TOPICS,
        restate=upkeep.restate,
    )


if __name__ == "__main__":
    main()
