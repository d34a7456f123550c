"""Mail server, SMS provider and partner: down, slow, refusing, and hanging up after they took the message."""

from typing import Any

from tests.proof.plan import Fault
from tests.proof.system import System
from tests.stack import ask
from tests.wait import lasts

WHERE = {"email": ("postbox", "email"), "sms": ("postbox", "sms"), "partner": ("partner", "webhook")}
SLOW_SECONDS = 8.0
BEHAVIOURS = ("down", "slow", "500", "429", "reset_after")


def tell(system: System, channel: str, behaviour: str, seconds: float = SLOW_SECONDS) -> None:
    program, name = WHERE[channel]
    told = {"channel": name, "behaviour": behaviour, "seconds": seconds}
    ask("POST", system.url(program, "/api/v1/behaviour"), expect=200, json=told)


def misbehave(system: System, fault: Fault) -> dict[str, Any]:
    tell(system, fault.target, fault.kind.removeprefix("provider-"))
    try:
        lasts(fault.seconds)
    finally:
        tell(system, fault.target, "normal")
    return {"seconds": fault.seconds}


KINDS = {f"provider-{behaviour}": misbehave for behaviour in BEHAVIOURS}
