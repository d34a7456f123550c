"""A round of drand fetched over HTTPS, from the first of several addresses that answers. No redirect is followed."""

import functools
import json
from typing import Any

import urllib3

from services.booking import refusals
from services.booking.model import draw
from shared.telemetry import log

TIMEOUT = urllib3.Timeout(connect=5, read=5)
LONGEST_ANSWER = 10_000


class NotThere(Exception):
    """No address gave the round: it has not come yet, or there is no network."""


def fetch(urls: tuple[str, ...], source: draw.Drand) -> draw.Seed:
    """Raises NotThere."""
    for url in urls:
        try:
            told = _get(f"{url.rstrip('/')}/{draw.seed.QUICKNET}/public/{source.round}")
            if told["round"] == source.round:
                return source.fetched(str(told["randomness"]), str(told["signature"]))
            log.warning("drand told of another round", url=url)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, LookupError, TypeError, refusals.UnfitSeed) as error:
            log.warning("no round of drand", url=url, error=type(error).__name__)
    raise NotThere


@functools.cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=TIMEOUT, retries=False)


def _get(url: str) -> dict[str, Any]:
    answer = _pool().request("GET", url, redirect=False, preload_content=False)
    try:
        if answer.status != 200:
            raise LookupError(f"status {answer.status}")
        return json.loads(answer.read(LONGEST_ANSWER))
    finally:
        answer.close()
