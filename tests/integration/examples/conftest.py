"""The postbox and the demo partner, started in this process on free ports, and a listener to call back."""

from collections.abc import Iterator

import flask
import pytest

from deploy.examples import partner, postbox, serving
from tests.integration.examples.listening import PARTNER_KEY, RECEIPT_SECRET, SMS_KEY, WEBHOOK_SECRET, Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    app, noted = flask.Flask("listener"), Listener()
    app.add_url_rule("/<path:path>", view_func=noted.answer, methods=["GET", "POST"])
    running = serving.serve(app, "127.0.0.1", 0, "-")
    noted.url = f"http://127.0.0.1:{running.port}"
    yield noted
    running.stop()


@pytest.fixture
def box(listener: Listener) -> Iterator[postbox.Postbox]:
    settings = postbox.Settings(
        sms_key=SMS_KEY,
        receipt_secret=RECEIPT_SECRET,
        callback_url=f"{listener.url}/api/v1/providers/demo-sms/receipts",
        port=0,
        smtp_port=0,
        receipt_delay_seconds=0.05,
        retry_seconds=0.05,
    )
    running = postbox.start(settings)
    yield running
    running.stop()


def partner_settings(listener: Listener, auto: str = "") -> partner.Settings:
    agencies = (
        partner.Partner("unhcr", PARTNER_KEY, WEBHOOK_SECRET),
        partner.Partner("iom", "key-of-iom", RECEIPT_SECRET),
    )
    return partner.Settings(agencies, referrals_url=listener.url, auto=auto, port=0)


@pytest.fixture
def agency(listener: Listener) -> Iterator[serving.Running]:
    running = partner.start(partner_settings(listener))
    yield running
    running.stop()
