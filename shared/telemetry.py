"""Logs as JSON lines with ids and never personal data, and the figures of a process for Prometheus."""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

log: Any = structlog.get_logger()
MOST_NAMED = 5  # fields at fault, in the name of a cause
_LIBRARY = re.compile(r"/site-packages/|/lib/python3")

EVENTS_SENT = Counter("sendero_events_sent_total", "Events acknowledged by the broker", ["topic"])
EVENTS_HANDLED = Counter("sendero_events_handled_total", "Events read, by what became of them", ["topic", "outcome"])
DUE_RUNS = Counter("sendero_due_runs_total", "Runs of due work, by what came of them", ["kind", "outcome"])
HEARTBEAT = Gauge("sendero_part_last_turn_seconds", "When a part's loop last turned, Unix time", ["part"])
CERTIFICATE_END = Gauge("sendero_certificate_end_seconds", "When what a server showed us ends, Unix time", ["server"])
BACKUP_COPIED = Gauge("sendero_backup_copied_seconds", "Until when changes are copied, Unix time", ["service"])
BACKUP_SNAPSHOT = Gauge("sendero_backup_snapshot_seconds", "When the last snapshot was taken, Unix time", ["service"])


def configure(service: str, level: int = logging.INFO) -> None:
    """One JSON object a line on standard output, from structlog and from libraries alike."""
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
    ]
    written: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
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


def describe(error: BaseException) -> dict[str, Any]:
    """An error without its message, which could quote personal data: class, the last place in our own code, the fields
    at fault, and the trace's lines of code. `group` is what errors of one cause have in common."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not _LIBRARY.search(frame.filename)] or frames
    place = f" in {ours[-1].name} ({ours[-1].filename.rpartition('/')[2]}:{ours[-1].lineno})" if ours else ""
    fields = sorted(map(str, getattr(error, "messages_dict", {})))
    at_fault = f": {', '.join(fields[:MOST_NAMED])}" if fields else ""
    name = type(error).__name__
    return {
        "error": name,
        "group": f"{name}{place}{at_fault}",
        "trace": "".join(traceback.format_list(frames)),
        "fields": fields,
    }


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
