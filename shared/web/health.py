"""Is the process alive, may it be given requests, and how is it doing: /healthz, /readyz, /metrics."""

import os
from typing import Any

import pymongo
import pymongo.errors
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

from shared import figures, telemetry
from shared.web import context

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, Any], int]:
    """503 only when our own database does not answer within a second, or when we are leaving."""
    service = context.service()
    shown: dict[str, Any] = {"status": "ready", "database": "up"}
    try:
        with pymongo.timeout(1):
            service.db.command("ping")
            shown |= figures.summary(service.db)
    except pymongo.errors.PyMongoError as error:
        telemetry.log.warning("not ready: the database does not answer", error=type(error).__name__)
        shown |= {"status": "unavailable", "database": "down"}
    if service.draining:
        shown["status"] = "draining"
    return shown, 200 if shown["status"] == "ready" else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Requests of all web processes of this host, and what the database says of outbox, due work and dead letters."""
    registry, service = REGISTRY, context.service()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    text = generate_latest(registry) + generate_latest(figures.registry(service.db, service.settings.service))
    return Response(text, content_type=CONTENT_TYPE_LATEST)
