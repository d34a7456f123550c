"""A network's requests are counted by all processes together, under a hash, for as long as it counts."""

import json
from datetime import timedelta

from flask.testing import FlaskClient
from pymongo.database import Database

from shared import clock
from shared.settings import Settings
from shared.web import limits
from tests.integration.shared_web.conftest import make_app
from tests.wait import wait_until

STAYS = "/api/v1/stays"


def ask(client: FlaskClient, address: str) -> int:
    return client.get(STAYS, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_processes_count_together(settings: Settings, db: Database) -> None:
    one, other = (make_app(settings, rate_limit="10/hour").test_client() for _ in range(2))
    assert {ask(one, "192.0.2.1") for _ in range(8)} == {200}
    wait_until(lambda: ask(other, "192.0.2.1") == 429, limits.TELL_SECONDS * 5, "the other has heard of it", every=0.3)
    wait_until(lambda: ask(one, "192.0.2.1") == 429, limits.TELL_SECONDS * 5, "and the first of the other", every=0.3)
    assert {ask(client, "192.0.2.2") for client in (one, other)} == {200}


def test_neighbours_by_ipv6_are_one_network_and_other_networks_are_not(settings: Settings) -> None:
    client = make_app(settings, rate_limit="2/hour").test_client()
    asked = [ask(client, f"2001:db8:0:1::{number}") for number in range(3)]
    assert asked == [200, 200, 429]
    assert ask(client, "2001:db8:0:2::1") == 200
    assert ask(client, "::ffff:192.0.2.9") == 200


def test_what_is_kept_of_a_network_is_a_keyed_hash_that_goes_by_itself(settings: Settings, db: Database) -> None:
    ask(make_app(settings, rate_limit="5/minute").test_client(), "203.0.113.77")
    ask(make_app(settings, rate_limit="5/minute", secret_key="t" * 40).test_client(), "203.0.113.77")
    rows = list(db.rate_limits.find())
    assert len({row["_id"] for row in rows}) == 2, "the same address has another hash under another key"
    assert "203.0.113" not in json.dumps(rows, default=str)
    assert all(row["expireAt"] <= clock.now() + timedelta(minutes=1) for row in rows)
    assert db.rate_limits.index_information()["expireAt_1"]["expireAfterSeconds"] == 0


def test_of_what_is_said_of_the_way_as_many_hops_are_believed_as_proxies_stand_in_front(settings: Settings) -> None:
    client = make_app(settings, trusted_proxies=2, rate_limit="2/hour").test_client()

    def ask_by(way: str) -> int:
        return client.get(STAYS, headers={"X-Forwarded-For": way}).status_code

    asked = [ask_by(f"203.0.113.{number}, 192.0.2.1, 10.0.0.7") for number in range(3)]
    assert asked == [200, 200, 429], "what the caller puts before the first proxy's word changes nothing"
    assert ask_by("192.0.2.1, 192.0.2.2, 10.0.0.7") == 200
    none = make_app(settings, trusted_proxies=0, rate_limit="2/hour", secret_key="t" * 40).test_client()
    asked = [none.get(STAYS, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code for number in range(3)]
    assert asked == [200, 200, 429], "without a proxy nothing is believed"
