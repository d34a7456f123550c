"""Logs as JSON lines with ids and never personal data, and the figures of a process for Prometheus."""

import logging
import re
import sys
import threading
import traceback
from typing import Any

import structlog
from environs import EnvError
from prometheus_client import Counter, Gauge

log: Any = structlog.get_logger()
MOST_NAMED = 5  # fields at fault, in the name of a cause
_LIBRARY = re.compile(r"/site-packages/|/lib/python3")

EVENTS_SENT = Counter("sendero_events_sent_total", "Events acknowledged by the broker", ["topic"])
EVENTS_HANDLED = Counter("sendero_events_handled_total", "Events read, by what became of them", ["topic", "outcome"])
DUE_RUNS = Counter("sendero_due_runs_total", "Runs of due work, by what came of them", ["kind", "outcome"])
DUE_LAST = Gauge("sendero_due_last_seconds", "When work of a lane last ended so, Unix time", ["lane", "outcome"])
HEARTBEAT = Gauge("sendero_part_last_turn_seconds", "When a part's loop last turned, Unix time", ["part"])
CERTIFICATE_END = Gauge("sendero_certificate_end_seconds", "When what a server showed us ends, Unix time", ["server"])
BACKUP_COPIED = Gauge("sendero_backup_copied_seconds", "Until when changes are copied, Unix time", ["service"])
BACKUP_SNAPSHOT = Gauge("sendero_backup_snapshot_seconds", "When the last snapshot was taken, Unix time", ["service"])


def configure(service: str, level: int = logging.INFO) -> None:
    """One JSON object a line on standard output, from structlog and from libraries alike, and of whatever Python itself
    would tell on standard error."""
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
    ]
    written: list[Any] = [_described, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*steps, *written],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),  # without `logging`: half the time
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("kafka").setLevel(logging.WARNING)
    handler.addFilter(Seldom("kafka", seconds=30))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = lambda _type, error, _trace: _end(error)
    threading.excepthook = lambda told: log.critical("thread ended", **_told(told.exc_value))
    sys.unraisablehook = lambda told: log.error("error in tidying up", **_told(told.exc_value))


def describe(error: BaseException) -> dict[str, Any]:
    """An error without its message, which could quote personal data: class, the last place in our own code, the fields
    at fault, and the trace's lines of code. `group` is what errors of one cause have in common. What is wrong with a
    setting is said (`why`): it names the variable."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not _LIBRARY.search(frame.filename)] or frames
    place = f" in {ours[-1].name} ({ours[-1].filename.rpartition('/')[2]}:{ours[-1].lineno})" if ours else ""
    fields = sorted(map(str, getattr(error, "messages_dict", {})))
    at_fault = f": {', '.join(fields[:MOST_NAMED])}" if fields else ""
    name = type(error).__name__
    named = {"why": str(error)} if isinstance(error, EnvError) else {}
    return named | {
        "error": name,
        "group": f"{name}{place}{at_fault}",
        "trace": "".join(traceback.format_list(frames)),
        "fields": fields,
    }


def _told(error: BaseException | None) -> dict[str, Any]:
    return describe(error) if error else {}


def _end(error: BaseException) -> None:
    if not isinstance(error, KeyboardInterrupt):
        log.critical("ended by an error", **describe(error))


def _described(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    """A library's line with an error: it, too, without the error's message."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given else None
    return _told(error) | line


class Seldom(logging.Filter):
    """Lets a library say each thing once in a while: kafka-python logs every try of a reconnection, thousands a
    minute."""

    def __init__(self, library: str, seconds: float) -> None:
        super().__init__()
        self._library = library
        self._seconds = seconds
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] != self._library:
            return True
        place = (record.pathname, record.lineno)
        if record.created - self._said.get(place, 0) < self._seconds:
            return False
        self._said[place] = record.created
        return True


def _named(service: str) -> Any:
    def add(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
        line["service"] = service
        return line

    return add
