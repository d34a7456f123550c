"""Reads it all from a system at rest."""

import json
import time
from typing import Any

import pymongo
import urllib3

from tests.proof.checker.evidence import Evidence, asked, databases, faults, leaks, post, topics

WITHIN_SECONDS = 300
DRAWS = "/api/v1/draws"
HTTP = urllib3.PoolManager(retries=False, timeout=30)


def read(system: Any) -> Evidence:
    """`system`: tests/proof/system.py, or whatever has its `folder`, `logs`, `kafka`, `settings`, `url`, `workers` and
    `database`."""
    clients = system.folder / "clients"
    evidence = Evidence(seed=json.loads((clients / "crowd.json").read_text())["seed"])
    search = leaks.Search(evidence.words)
    evidence.asked = asked.read(clients)
    evidence.faults = faults.read(system.folder)
    evidence.received = post.read(clients)
    with pymongo.timeout(WITHIN_SECONDS):
        evidence.data = databases.read(system.database)
        evidence.persons = databases.persons(system.database, system.settings, evidence.words)
        databases.bytes_of(system.database, search.look)
    evidence.office = json.loads((clients / "office.json").read_text())
    draws = {one["id"]: one for one in _get(system.url("booking", DRAWS))["items"]}
    evidence.draws = {id: _published(system, draws.get(id)) for id in evidence.office["windows"]}
    evidence.webhooks = _get(system.url("partner", "/api/v1/received"))["items"]
    evidence.partner_cases = _get(system.url("partner", "/api/v1/referrals"))["items"]
    evidence.records, evidence.ends = topics.read(system.kafka, _named("topic", search))
    evidence.committed = topics.committed(system.kafka, evidence.ends)
    leaks.in_files(search, system.logs)
    _metrics(system, search)
    evidence.leaks = search.found
    evidence.read_at = time.time()
    return evidence


def _published(system: Any, draw: dict[str, Any] | None) -> dict[str, str]:
    """As anybody can read it; nothing of a window that is not told of."""
    if draw is None:
        return {}
    files = {name: _ask(system.url("booking", f"{DRAWS}/{draw['id']}/{name}")).data.decode() for name in draw["files"]}
    return files | ({"hash": draw["hash"]} if draw["hash"] else {})


def _named(kind: str, search: leaks.Search) -> topics.Look:
    return lambda where, content: search.look(f"{kind} {where}", content)


def _metrics(system: Any, search: leaks.Search) -> None:
    urls = [system.url(service, "/metrics") for service in databases.SERVICES]
    urls += [f"{url.removesuffix('/metrics')}/metrics" for url in system.workers()]
    for url in urls:
        search.look(f"metrics {url}", _ask(url).data)


def _get(url: str) -> Any:
    return _ask(url).json()


def _ask(url: str) -> urllib3.BaseHTTPResponse:
    answer = HTTP.request("GET", url)
    if answer.status != 200:
        raise RuntimeError(f"{url} answered {answer.status}")
    return answer
