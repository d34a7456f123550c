"""The commands: what they load may be loaded again."""

import pytest
from click.testing import CliRunner
from pymongo.database import Database

import shared.mongo
from services.referrals import actions, commands, store
from shared import clock
from tests.integration.referrals.conftest import UNHCR


@pytest.fixture
def run(db: Database, monkeypatch):
    for name in ("PARTNER_URL", "PARTNER_WEBHOOK_SECRET", "PARTNER_KEY"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> str:
        result = CliRunner().invoke(commands.cli, words, obj=db, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_sample_partners_say_that_they_are_samples_and_keep_their_counters(db, run):
    run("sample")
    store.open_place(db, "unhcr")
    run("sample")
    partners = {partner.id: partner for partner in store.partners(db)}
    assert {"unhcr", "iom", "ministry_labour", "ngo_pop_noj"} <= set(partners)
    assert all("(sample)" in partner.name for partner in partners.values())
    assert partners["unhcr"].open == 1
    assert store.endpoint(db, "unhcr").url == "http://127.0.0.1:8026/webhook/unhcr"


def test_sample_leaves_what_was_changed_as_it_is(db, run):
    run("sample")
    run("partner-pause", "unhcr", "--until", "2099-01-01T00:00:00+0000")
    actions.set_webhook(db, "http://127.0.0.1:1/own", UNHCR)
    db.partners.update_one({"_id": "iom"}, {"$set": {"capacity": 1}})
    db.partners.delete_one({"_id": "ministry_labour"})
    run("sample")
    assert store.partner(db, "unhcr").is_paused(clock.now())
    assert store.partner(db, "iom").capacity == 1
    assert store.endpoint(db, "unhcr").url == "http://127.0.0.1:1/own"
    assert store.find_partner(db, "ministry_labour")


def test_the_demo_partners_webhook_is_where_it_is_said_to_be_with_the_secret_given(db, run):
    secret = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0ISE="
    for _ in range(2):
        run("sample", "--partner-url", "http://127.0.0.1:9999", "--webhook-secret", secret)
    assert store.endpoint(db, "unhcr").url == "http://127.0.0.1:9999/webhook/unhcr"
    current = store.live_secrets(db, "unhcr", clock.now())[0]
    assert shared.mongo.settings(db).seal_keys.open(current["sealed"], "unhcr")["secret"] == secret
    assert db.webhook_secrets.count_documents({"partner_id": "unhcr"}) == 2  # the first one, made with the address


def test_a_partners_key_is_kept_as_a_hash_and_the_same_one_once(db, run):
    key = "k" * 40
    for _ in range(2):
        run("partner-key", "unhcr", "--key", key)
    assert store.partner_of_key(db, key) == "unhcr"
    assert store.partner_of_key(db, key[:-1] + "x") is None
    assert key not in str(list(db.partner_keys.find()))
    assert db.partner_keys.count_documents({}) == 1


def test_a_new_key_is_shown_once_and_may_end_the_others(db, run):
    old = run("partner-key", "unhcr", "--new").strip()
    new = run("partner-key", "unhcr", "--new", "--revoke-others").strip()
    assert store.partner_of_key(db, new) == "unhcr"
    assert store.partner_of_key(db, old) is None


@pytest.mark.parametrize("words", [("nobody", "--new"), ("unhcr",), ("unhcr", "--key", "short")])
def test_a_key_for_nobody_or_a_short_one_is_refused(db, run, words):
    result = CliRunner().invoke(commands.cli, ["partner-key", *words], obj=db)
    assert result.exit_code == 2
    assert db.partner_keys.count_documents({}) == 0


def test_a_partner_can_be_paused(db, run):
    run("partner-pause", "unhcr", "--until", "2099-01-01T00:00:00+0000")
    assert store.partner(db, "unhcr").is_paused(clock.now())
    run("partner-pause", "unhcr")
    assert not store.partner(db, "unhcr").is_paused(clock.now())


def test_set_up_may_run_again_and_a_webhook_that_is_set_stays(db, run):
    actions.set_webhook(db, "http://127.0.0.1:1/own", UNHCR)
    run("setup")
    assert store.endpoint(db, "unhcr").url == "http://127.0.0.1:1/own"


def test_a_key_may_come_from_the_environment_so_that_no_process_list_shows_it(db, run, monkeypatch):
    monkeypatch.setenv("PARTNER_KEY", "e" * 40)
    run("partner-key", "unhcr")
    assert store.partner_of_key(db, "e" * 40) == "unhcr"


def test_a_key_may_come_from_a_file_whose_last_newline_is_not_part_of_it(db, run, monkeypatch, tmp_path):
    (tmp_path / "key").write_text("f" * 40 + "\n")
    monkeypatch.setenv("PARTNER_KEY_FILE", str(tmp_path / "key"))
    run("partner-key", "unhcr")
    assert store.partner_of_key(db, "f" * 40) == "unhcr"
