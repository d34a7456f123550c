"""Booking's background process: hears of referrals and messages, announces, and does what falls due."""

from services.booking import actions, events, handlers, settings, timers
from shared import telemetry, worker


def main() -> None:
    telemetry.configure(settings.SERVICE)
    worker.run(
        settings.load(),
        handlers.READING,
        handlers.TOPICS,
        timers.TIMERS,
        events.TOPICS,
        restate=actions.restate,
    )


if __name__ == "__main__":
    main()
