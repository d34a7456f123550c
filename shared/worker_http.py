"""What a worker answers on its own port: `/healthz` (it lives), `/readyz` (no part is in trouble) and `/metrics`."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.settings import Settings


def start(settings: Settings, failing: Callable[[], dict[str, str | None]]) -> ThreadingHTTPServer:
    """Serves on a thread until `shutdown`. `failing` names what is wrong with each part, None for well."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._send(200, "application/json", json.dumps({"status": "ok", "parts": failing()}).encode())
            elif self.path == "/readyz":
                self._send_readiness(failing())
            elif self.path == "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._send(404, "text/plain", b"only /healthz, /readyz and /metrics\n")

        def _send_readiness(self, parts: dict[str, str | None]) -> None:
            """503 names what is wrong: a new version that Kafka refuses, say, takes the place of no old one."""
            ready = not any(parts.values())
            told = {"status": "ready" if ready else "unavailable", "parts": parts}
            self._send(200 if ready else 503, "application/json", json.dumps(told).encode())

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes every few seconds are no news."""

    server = ThreadingHTTPServer((settings.worker_host, settings.worker_port), Answer)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
