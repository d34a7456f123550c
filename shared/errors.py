"""The refusals: raised low (model, actions, store) by name, turned into an answer in one place (web/problems.py).

    Refusal
    ├── BadRequest 400         cannot be read
    ├── Unauthorised 401       who is asking?
    ├── Forbidden 403          not allowed
    ├── NotFound 404           not there, or its existence is private
    ├── MethodNotAllowed 405
    ├── Conflict 409           a rule says no
    ├── TooLarge 413
    ├── UnsupportedMedia 415
    ├── Invalid 422            fields at fault: Invalid(errors={"person.phone": "…"})
    ├── TooMany 429            TooMany(retry_after=30)
    └── Unavailable 503        Unavailable(retry_after=5)

Only this module knows status codes. A service names its own refusals:

    class SlotTaken(errors.Conflict):
        code = "slot-taken"
        title = N_("This time has just been taken")
        detail = N_("Somebody else took the place at %(office)s. Please choose another time.")

    raise SlotTaken(office=…)     # -> 409, urn:sendero:slot-taken
"""

from typing import Any


def N_(message: str) -> str:
    """Marks a message for translation and leaves it as it is."""
    return message


class Refusal(Exception):
    """`code`, `title`, `detail` are of the class; the parameters of the messages are of the instance.

    Parameters are ids, times and names of public things: they reach the answer and may reach a log.
    """

    status = 500
    code = "internal-error"
    title = N_("Something went wrong on our side")
    detail = N_("The error has been recorded. Please try again later.")

    def __init__(
        self, *, errors: dict[str, str] | None = None, retry_after: float | None = None, **params: Any
    ) -> None:
        super().__init__(f"{self.code} {params}" if params else self.code)
        self.errors = errors or {}
        self.retry_after = retry_after
        self.params = params


class BadRequest(Refusal):
    status = 400
    code = "bad-request"
    title = N_("The request cannot be read")
    detail = N_("Please check what was sent and try again.")


class Unauthorised(Refusal):
    """`challenge` becomes WWW-Authenticate."""

    status = 401
    code = "unauthorised"
    title = N_("Please sign in")
    detail = N_("This needs a valid sign-in or key.")
    challenge = "Bearer"


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    title = N_("You are not allowed to do this")
    detail = N_("Your account does not have the permission for this. The attempt has been recorded.")


class NotFound(Refusal):
    status = 404
    code = "not-found"
    title = N_("Not found")
    detail = N_("There is nothing here under this address or reference.")


class MethodNotAllowed(Refusal):
    status = 405
    code = "method-not-allowed"
    title = N_("This cannot be done here")
    detail = N_("The address exists, but not for this method. The header Allow names those that it has.")


class Conflict(Refusal):
    status = 409
    code = "conflict"
    title = N_("This cannot be done now")
    detail = N_("The present state does not allow it.")


class PreconditionFailed(Refusal):
    status = 412
    code = "changed-meanwhile"
    title = N_("It was changed meanwhile")
    detail = N_("Load it again, and send your change with the ETag that it has now.")


class TooLarge(Refusal):
    status = 413
    code = "too-large"
    title = N_("Too much was sent")
    detail = N_("At most 64 KiB are accepted.")


class UnsupportedMedia(Refusal):
    status = 415
    code = "unsupported-media-type"
    title = N_("This kind of content is not accepted")
    detail = N_("Send the body as application/json.")


class Invalid(Refusal):
    """`errors`: field name, dotted where nested, to message. The field "" stands for the whole."""

    status = 422
    code = "invalid"
    title = N_("Some of what was sent is not right")
    detail = N_("Please correct the fields named and send it again.")


class TooMany(Refusal):
    status = 429
    code = "too-many-requests"
    title = N_("Too many requests")
    detail = N_("Please wait a little and try again.")

    def __init__(self, *, retry_after: float = 30, **params: Any) -> None:
        super().__init__(retry_after=retry_after, **params)


class Unavailable(Refusal):
    status = 503
    code = "unavailable"
    title = N_("This service is not available for the moment")
    detail = N_("Nothing was changed. Please try again in a few seconds.")

    def __init__(self, *, retry_after: float = 5, **params: Any) -> None:
        super().__init__(retry_after=retry_after, **params)


BY_STATUS: dict[int, type[Refusal]] = {
    kind.status: kind
    for kind in (
        BadRequest,
        Unauthorised,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        PreconditionFailed,
        TooLarge,
        UnsupportedMedia,
        Invalid,
        TooMany,
        Refusal,
        Unavailable,
    )
}


def for_status(status: int) -> Refusal:
    """The plain refusal of a status; for one without words of ours the nearest general one, with its own number."""
    kind = BY_STATUS.get(status)
    if kind is None:
        found: Refusal = BadRequest() if status < 500 else Refusal()
        found.status = status
        return found
    return kind()
