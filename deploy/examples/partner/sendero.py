"""The partner API of Sendero, as a partner calls it."""

import json
import urllib.parse
import uuid
from dataclasses import dataclass
from typing import Any

import urllib3

ROUTES = {"accept": "acceptance", "decline": "decline", "complete": "completion"}
REASONS = ("capacity", "not_eligible", "out_of_area", "wrong_service", "other")
OUTCOMES = ("helped", "referred_on", "not_reached", "person_declined")


@dataclass(frozen=True)
class Answer:
    status: int  # 0: there was none
    body: dict[str, Any]


class Sendero:
    """The partner API of Sendero, for one partner."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        patience = urllib3.Retry(
            total=4,
            backoff_factor=0.5,
            status_forcelist=[429, 502, 503, 504],
            allowed_methods=None,  # POST too: the Idempotency-Key makes repeating safe
            raise_on_status=False,
            retry_after_max=10,
        )
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self.http = urllib3.PoolManager(headers=headers, retries=patience, timeout=urllib3.Timeout(10))

    def details(self, referral_id: str) -> Answer:
        return self._ask("GET", urllib.parse.quote(referral_id, safe=""))

    def answer(self, referral_id: str, what: str, body: dict[str, str]) -> Answer:
        said = f"{referral_id}/{what}/{json.dumps(body, sort_keys=True)}"
        path = f"{urllib.parse.quote(referral_id, safe='')}/{ROUTES[what]}"
        return self._ask("POST", path, body, {"Idempotency-Key": uuid.uuid5(uuid.NAMESPACE_OID, said).hex})

    def _ask(
        self, method: str, path: str, body: dict[str, str] | None = None, more: dict[str, str] | None = None
    ) -> Answer:
        headers = {**self.http.headers, **(more or {})}
        url = f"{self.url}/api/v1/referrals/{path}"
        try:
            response = self.http.request(method, url, json=body, headers=headers, redirect=False)
            return Answer(response.status, response.json() if response.data else {})
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, {"title": type(error).__name__})
        except ValueError:
            return Answer(response.status, {"title": "not JSON"})
