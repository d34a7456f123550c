"""The only clock: aware UTC, cut to the milliseconds that the database keeps."""

from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """An instant as the APIs and events write it: UTC, `Z`, milliseconds only where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    text = moment.isoformat(timespec=precision)
    if not text.endswith("+00:00"):
        text = moment.astimezone(UTC).isoformat(timespec=precision)
    return text.removesuffix("+00:00") + "Z"
