"""One line and one figure per request: correlation id, route, status, time. Never a query value, a body or a name."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from shared import events, telemetry
from shared.web import context

HEADER = "X-Correlation-ID"
_FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_QUIET = {"/healthz", "/readyz", "/metrics"}

REQUESTS = Counter("sendero_http_requests_total", "Answered requests", ["service", "method", "rule", "status"])
SECONDS = Histogram(
    "sendero_http_request_seconds",
    "Time to answer",
    ["service", "method", "rule"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def init_app(app: Flask) -> None:
    """To be called first: its `before` then runs first and its `after` last."""
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_forget)


def _before() -> None:
    g.started = time.perf_counter()
    given = request.headers.get(HEADER, "")
    g.correlation_id = given if _FORM.fullmatch(given) else str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=g.correlation_id)
    events.correlate(g.correlation_id, request.headers.get("traceparent"))


def _after(response: Response) -> Response:
    response.headers[HEADER] = g.correlation_id
    rule = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in _METHODS else "other"
    seconds = time.perf_counter() - g.started
    service = context.service().settings.service
    REQUESTS.labels(service, method, rule, response.status_code).inc()
    SECONDS.labels(service, method, rule).observe(seconds)
    actor = g.get("actor")
    log = telemetry.log.debug if rule in _QUIET else telemetry.log.info
    log(
        "request",
        method=method,
        rule=rule,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        actor=actor.id if actor else None,
    )
    return response


def _forget(_error: BaseException | None) -> None:
    events.correlate(None)
    structlog.contextvars.clear_contextvars()
