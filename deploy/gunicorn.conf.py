"""gunicorn as every service runs it, here and in its image; the address comes from the command line."""

import importlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 5
accesslog = None  # the application logs each request itself, without personal data
control_socket_disable = True  # by default one path, shared by all instances
limit_request_line = 4094
limit_request_field_size = 8190
if Path("/dev/shm").is_dir():  # noqa: S108 - the workers' heartbeat, which must not wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# Figures of all workers are put together from files in a folder of this run's own.
figures = tempfile.mkdtemp(prefix="sendero-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures


def on_starting(server: Any) -> None:
    """Reads the code once, for all workers, and sets its logs up; connections and threads begin in each worker."""
    module = server.app.app_uri.partition(":")[0]
    importlib.import_module(module)
    importlib.import_module("shared.telemetry").configure(module.split(".")[1])


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # reads the variable above when it is imported, so not before

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(figures, ignore_errors=True)
