"""Makes a demo program fail as told, so that tests and demonstrations can see what the others do then."""

import socket
import struct
import threading
import time
from dataclasses import dataclass

import flask

BEHAVIOURS = ("normal", "down", "slow", "500", "429", "reset_after", "lie", "rejected")


@dataclass
class Told:
    behaviour: str
    left: int | None  # None: until told otherwise
    seconds: float


class Behaviours:
    """What each channel was told; `take` says how the next attempt shall go and counts it."""

    def __init__(self, channels: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
        self.channels = channels
        self.known = (*BEHAVIOURS, *more)
        self._told: dict[str, Told] = {}
        self._lock = threading.Lock()

    def tell(self, channel: str, behaviour: str, count: int | None, seconds: float) -> None:
        with self._lock:
            self._told[channel] = Told(behaviour, count, seconds)

    def take(self, channel: str, only: tuple[str, ...] | None = None, but: tuple[str, ...] = ()) -> Told:
        with self._lock:
            told = self._told.get(channel)
            if told is None or told.left == 0 or told.behaviour in but or (only and told.behaviour not in only):
                return Told("normal", None, 0)
            if told.left is not None:
                told.left -= 1
            return told

    def now(self) -> dict[str, str]:
        with self._lock:
            return {
                channel: told.behaviour if told and told.left != 0 else "normal"
                for channel in self.channels
                for told in [self._told.get(channel)]
            }


def blueprint(behaviours: Behaviours) -> flask.Blueprint:
    """`POST /api/v1/behaviour` {"channel"?, "behaviour", "count"?, "seconds"?}; without channel: all."""
    routes = flask.Blueprint("behaviour", __name__)

    @routes.get("/api/v1/behaviour")
    def show() -> dict[str, str]:
        return behaviours.now()

    @routes.post("/api/v1/behaviour")
    def tell() -> flask.typing.ResponseReturnValue:
        wanted = flask.request.get_json()
        try:
            channel, behaviour = wanted.get("channel"), str(wanted["behaviour"])
            count, seconds = wanted.get("count"), float(wanted.get("seconds", 15))
            if behaviour not in behaviours.known or channel not in (None, *behaviours.channels):
                raise ValueError(f"channel: {behaviours.channels}; behaviour: {behaviours.known}")
            if count is not None and (not isinstance(count, int) or count < 1):
                raise ValueError("count is a whole number of at least 1")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return {"error": "wrong_body", "detail": str(error)}, 422
        for each in (channel,) if channel else behaviours.channels:
            behaviours.tell(each, behaviour, count, seconds)
        return behaviours.now()

    return routes


def fail_before(told: Told) -> flask.typing.ResponseReturnValue | None:
    """The failures in which nothing was taken in; None: go on."""
    if told.behaviour == "down":
        return hang_up()
    if told.behaviour == "500":
        return {"error": "internal_error"}, 500
    if told.behaviour == "429":
        return {"error": "too_many_requests"}, 429, {"Retry-After": "1"}
    if told.behaviour == "slow":
        time.sleep(told.seconds)
    return None


def hang_up() -> flask.typing.ResponseReturnValue:
    """Closes the connection under the caller, who is left without an answer."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    return "", 503
