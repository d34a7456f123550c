"""The only clock: aware UTC, cut to the milliseconds that the database keeps."""

from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """An instant as the APIs and events write it: UTC, `Z`, milliseconds only where there are any."""
    moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
