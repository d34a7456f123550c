"""gunicorn as every service runs it, here and in its image; the address comes from the command line."""

import fcntl
import importlib
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

worker_class = "shared.web_worker.Worker"  # gthread, which also tells how long a request waited for its turn
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 5
logger_class = "shared.web_log.Log"
accesslog = None  # the application logs each request itself, without personal data
control_socket_disable = True  # by default one path, shared by all instances
limit_request_line = 4094
limit_request_field_size = 8190
forwarded_allow_ips = ""  # what a proxy says is read by the application (TRUSTED_PROXIES), and SCRIPT_NAME from nobody
forwarder_headers = ""
if Path("/dev/shm").is_dir():  # noqa: S108 - the workers' heartbeat, which must not wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# Figures of all workers are put together from files in a folder of this run's own. Whoever is killed leaves it behind,
# and with it a lock that nobody holds.
FOLDERS = "sendero-metrics-"


def clear_left_behind() -> None:
    for held in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*/lock"):
        with suppress(OSError), held.open() as lock:  # it lives, or belongs to somebody else
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(held.parent)


def locked_folder() -> tuple[str, Any]:
    """Held for as long as this process or one of its children lives."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDERS))
    lock = (folder / "new").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / "new").rename(folder / "lock")
    return str(folder), lock


clear_left_behind()
figures, figures_lock = locked_folder()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures

# Told to end (SIGTERM), an instance first says so for a while: `/readyz` fails, so that whoever balances sends nothing
# new, and each kept connection closes with its next answer. Only then does it stop listening. Longer than `keepalive`,
# so that no idle connection is left over; 0 where nothing stands in front.
drain_seconds = float(os.environ.get("DRAIN_SECONDS") or "8")
drain_file = Path(os.environ.get("DRAIN_FILE") or Path(figures, "draining"))
os.environ["DRAIN_FILE"] = str(drain_file)


def on_starting(server: Any) -> None:
    """Reads the code once, for all workers; connections and threads begin in each worker."""
    drain_file.unlink(missing_ok=True)
    importlib.import_module(server.app.app_uri.partition(":")[0])


def when_ready(server: Any) -> None:
    """A second SIGTERM, or a SIGINT or SIGQUIT at any time, does not wait."""
    if drain_seconds <= 0:
        return
    end_at_once = server.handle_term

    def drain() -> None:
        if drain_file.exists():
            end_at_once()
        drain_file.touch()
        signal.signal(signal.SIGALRM, lambda *_: server.SIG_QUEUE.put_nowait(signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, drain_seconds)

    server.handle_term = drain


def pre_request(worker: Any, request: Any) -> None:
    if drain_file.exists():
        request.force_close()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # reads the variable above when it is imported, so not before

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    drain_file.unlink(missing_ok=True)
    shutil.rmtree(figures, ignore_errors=True)
