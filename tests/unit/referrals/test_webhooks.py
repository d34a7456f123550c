"""Which addresses may be called, and how an attempt is signed. Nothing is sent here."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from services.referrals import settings, webhooks
from shared import clock, due

PUBLIC = "93.184.215.14"


def resolving_to(*addresses: str) -> webhooks.Resolve:
    return lambda host, port: list(addresses)


def refused(url: str, *addresses: str, allowed: tuple[str, ...] = ()) -> str:
    with pytest.raises(webhooks.TargetRefused) as refusal:
        webhooks.check(url, allowed, resolving_to(*addresses) if addresses else webhooks.resolve)
    return refusal.value.short


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of clouds
        "100.100.100.200",  # metadata of another one, shared address space
        "192.0.0.192",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata
        "ff02::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001::1",  # Teredo
        "64:ff9b::7f00:1",  # NAT64
        "64:ff9b:1::1",
        "2001:db8::1",
        "3fff::1",
    ],
)
def test_internal_addresses_are_refused(address):
    assert refused("https://partner.example/hook", address) == "address-refused"
    literal = f"[{address}]" if ":" in address else address
    assert refused(f"https://{literal}/hook", address) == "address-refused"


def test_one_internal_address_among_public_ones_is_enough_to_refuse():
    assert refused("https://partner.example/", PUBLIC, "10.0.0.1") == "address-refused"


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "0"])
def test_a_name_that_the_resolver_takes_for_this_machine_is_refused(host):
    assert refused(f"https://{host}/") == "address-refused"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "partner.example/hook",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "https://user:password@partner.example/",
        "https://partner.example/#part",
        "https://partner.example:0/",
        "https://partner.example:99999/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://partner.example/a b",
        "https://partner.example\\@127.0.0.1/",
        "https://partner.example/\r\nX: y",
        "https://pärtner.example/",
    ],
)
def test_what_is_no_web_address_is_refused(url):
    assert refused(url, PUBLIC) == "not-a-url"


def test_plain_http_is_refused_unless_the_host_is_allowed():
    assert refused("http://partner.example/", PUBLIC) == "https-only"
    assert refused("http://127.0.0.1:8027/", "127.0.0.1", allowed=("127.0.0.1:8026",)) == "https-only"
    target = webhooks.check("http://127.0.0.1:8026/webhook", ("127.0.0.1:8026",), resolving_to("127.0.0.1"))
    assert (target.scheme, target.port, target.path) == ("http", 8026, "/webhook")


def test_a_host_is_allowed_with_one_port_or_with_all():
    assert webhooks.check("http://inside:1234/", ("inside",), resolving_to("10.0.0.1")).addresses == ("10.0.0.1",)
    assert refused("https://inside:1234/", "10.0.0.1", allowed=("inside:443",)) == "address-refused"
    assert webhooks.check("https://INSIDE./", ("inside:443",), resolving_to("10.0.0.1")).host == "inside"


def test_a_name_that_cannot_be_resolved_is_refused():
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(webhooks.TargetRefused) as refusal:
        webhooks.check("https://partner.example/", (), nowhere)
    assert refusal.value.short == "unresolvable"
    assert refused("https://" + "a" * 70 + ".example/") == "unresolvable"


def test_a_public_https_address_is_taken_as_it_was_resolved():
    target = webhooks.check("https://Partner.Example/hook?x=1", (), resolving_to(PUBLIC, "2606:4700::1111"))
    assert target == webhooks.Target("https", "partner.example", 443, "/hook?x=1", (PUBLIC, "2606:4700::1111"))


def test_a_delivery_to_a_refused_address_sends_nothing_and_says_why():
    answer = webhooks.deliver("https://localhost/", "e1", {}, (), (), 1.0)
    assert (answer.status, answer.error) == (None, "address-refused")


def test_a_delivery_is_signed_by_every_valid_secret_and_each_verifies():
    secrets = ("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyE=")
    text = '{"type":"referral.offered.v1"}'
    headers = webhooks.signed("event-1", text, secrets, clock.now())
    assert headers["webhook-id"] == "event-1"
    for secret in secrets:
        assert standardwebhooks.Webhook(secret).verify(text, headers) == {"type": "referral.offered.v1"}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secrets[0]).verify(text + " ", headers)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", timedelta(minutes=2)),
        ("9" * 40, timedelta(days=1)),
        ("Mon, 23 Nov 2026 15:05:00 GMT", timedelta(minutes=5)),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, wait):
    assert webhooks.retry_after(value, datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) == wait


def test_the_longest_delivery_that_may_be_set_ends_well_under_the_lease_of_the_work() -> None:
    assert settings.SECONDS.max is not None
    assert 2 * settings.SECONDS.max < due.rows.LEASE_SECONDS - 10
