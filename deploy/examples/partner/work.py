"""Talks to Sendero: at the press of a button, or by itself after a webhook has been answered."""

import queue
import threading

from deploy.examples.partner import desk, sendero, settings

ANSWERED = {"accept": "accepted", "decline": "declined", "complete": "completed"}


class Work:
    def __init__(self, given: settings.Settings) -> None:
        self.sendero = {each.id: sendero.Sendero(given.referrals_url, each.key) for each in given.partners}
        self._waiting: queue.SimpleQueue[desk.Case | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="answers", daemon=True)

    def fetch(self, case: desk.Case) -> None:
        case.last = self.sendero[case.partner].details(case.id)
        case.details = case.last.body if case.last.status == 200 else None

    def answer(self, case: desk.Case, what: str, body: dict[str, str]) -> None:
        case.last = self.sendero[case.partner].answer(case.id, what, body)
        if 200 <= case.last.status < 300:
            case.state = ANSWERED[what]

    def accept_soon(self, case: desk.Case) -> None:
        self._waiting.put(case)

    def _run(self) -> None:
        while (case := self._waiting.get()) is not None:
            self.fetch(case)
            self.answer(case, "accept", {})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._waiting.put(None)
        self._thread.join()
