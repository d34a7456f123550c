"""What gunicorn says, in lines like all others."""

from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from shared import telemetry

QUOTING = ("Invalid request from", "Error handling request")  # then whose request it is, and what stands in it


class Log(Logger):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        telemetry.configure(cfg.default_proc_name.split(".")[1])  # services.<service>.app
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        super().warning(*_unquoted(msg, args), **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        super().exception(*_unquoted(msg, args), **kwargs)


def _unquoted(msg: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    start = next((start for start in QUOTING if str(msg).startswith(start)), None)
    return (start,) if start else (msg, *args)
