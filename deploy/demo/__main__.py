"""`python -m deploy.demo`: prints each step with its time; ends with 1 at the first that fails."""

import sys
import time

import rich.console
import rich.markup

from deploy.demo import agency, client, health, office, person, settings, state

PARTS = [
    (
        "A person books",
        [
            ("everything answers", person.all_answer),
            ("pathways", person.pathways),
            ("offices", person.offices),
            ("free times", person.free_slots),
            ("book a place", person.book),
            ("the same request again", person.book_again),
            ("the email arrives", person.email_arrives),
            ("the SMS arrives", person.sms_arrives),
            ("how it stands", person.status),
            ("with a wrong code", person.status_needs_the_code),
        ],
    ),
    (
        "The office sees the person and refers",
        [
            ("staff sign in", office.sign_in),
            ("the day's list", office.day_list),
            ("arrived", office.arrived),
            ("attended", office.attended),
            ("refer, with consent", office.refer),
        ],
    ),
    (
        "The partner agency answers",
        [
            ("signed webhook arrives", agency.webhook_arrives),
            ("fetch the details", agency.details),
            ("accept", agency.accept),
            ("the person is told: email", person.told_by_email),
            ("the person is told: SMS", person.told_by_sms),
            ("complete", agency.complete),
            ("the outcome is shown", person.outcome_shown),
        ],
    ),
    (
        "Somebody else cancels",
        [
            ("book", person.book_another),
            ("cancel", person.cancel),
            ("the message arrives", person.cancellation_told),
        ],
    ),
    (
        "Nothing is stuck",
        [
            ("booking", health.booking),
            ("referrals", health.referrals),
            ("notifications", health.notifications),
        ],
    ),
]


def main() -> int:
    console = rich.console.Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    going, begun = state.Walk(settings.load()), time.monotonic()
    for title, steps in PARTS:
        console.print(f"\n[bold]{title}[/bold]")
        for name, step in steps:
            started = time.monotonic()
            try:
                with console.status(name):
                    shown = step(going)
            except client.Failed as failure:
                took = time.monotonic() - started
                console.print(f"[bold red]✗[/] {took:6.2f} s  {name}")
                console.print(f"\n[bold red]The demo failed at “{name}”.[/]")
                console.print(f"expected: {rich.markup.escape(failure.expected)}")
                console.print(f"but:      {rich.markup.escape(failure.got)}")
                return 1
            took = time.monotonic() - started
            console.print(f"[green]✓[/] {took:6.2f} s  {name:26} [dim]{rich.markup.escape(shown)}[/]")
    console.print(f"\n[bold green]All the way in {time.monotonic() - begun:.1f} s.[/]")
    console.print(f"Look at {going.given.postbox} and {going.given.partner}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
