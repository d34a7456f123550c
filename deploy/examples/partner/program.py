"""The webhook's receiver, the page with its buttons, and what tests ask."""

from dataclasses import asdict
from typing import Any

import flask
import standardwebhooks

from deploy.examples import behaviour, serving
from deploy.examples.partner import desk, sendero, settings, work

SHOWN, REFRESH_SECONDS = 50, 10


def webhooks(
    given: settings.Settings, on: desk.Desk, working: work.Work, behaviours: behaviour.Behaviours
) -> flask.Blueprint:
    routes = flask.Blueprint("webhooks", __name__)
    checks = {each.id: standardwebhooks.Webhook(each.webhook_secret) for each in given.partners}

    @routes.post("/webhook")
    @routes.post("/webhook/<partner>")
    def webhook(partner: str = given.partners[0].id) -> flask.typing.ResponseReturnValue:
        if partner not in checks:
            return {"error": "unknown_partner"}, 404
        told = behaviours.take("webhook")
        if (failure := behaviour.fail_before(told)) is not None:
            return failure
        webhook_id = flask.request.headers.get("webhook-id", "")[:200]
        try:
            event = checks[partner].verify(flask.request.get_data(), dict(flask.request.headers))
            received = desk.Received(webhook_id, partner, event["type"], event["data"], signature_valid=True)
        except (standardwebhooks.WebhookVerificationError, ValueError, KeyError, TypeError):
            on.take(desk.Received(webhook_id, partner, None, None, signature_valid=False))
            return {"error": "invalid_signature"}, 401
        if told.behaviour == "lie":
            return "", 204
        case = on.take(received)
        if case and case.state == "offered" and given.auto == "accept":
            working.accept_soon(case)
        return behaviour.hang_up() if told.behaviour == "reset_after" else ("", 204)

    @routes.get("/api/v1/received")
    def list_received() -> dict[str, Any]:
        with on.lock:
            return {"items": [asdict(event) for event in on.received.values()], "next": None}

    @routes.get("/api/v1/referrals")
    def list_referrals() -> dict[str, Any]:
        with on.lock:
            return {"items": [asdict(case) for case in on.cases.values()], "next": None}

    return routes


def pages(on: desk.Desk, working: work.Work) -> flask.Blueprint:
    routes = flask.Blueprint("pages", __name__)

    @routes.get("/")
    def show() -> flask.Response:
        with on.lock:
            cases, received = (
                [*on.cases.values()][: -SHOWN - 1 : -1],
                [*on.received.values()][: -SHOWN - 1 : -1],
            )
        return serving.page(
            "partner.html",
            cases=cases,
            received=received,
            reasons=sendero.REASONS,
            outcomes=sendero.OUTCOMES,
            refresh=None if flask.request.args.get("refresh") == "off" else REFRESH_SECONDS,
        )

    @routes.post("/referrals/<partner>/<referral_id>/<what>")
    def press(partner: str, referral_id: str, what: str) -> flask.typing.ResponseReturnValue:
        case = on.cases.get((partner, referral_id)) or flask.abort(404)
        if what == "details":
            working.fetch(case)
        elif what in sendero.ROUTES:
            fields = {"decline": ("reason",), "complete": ("outcome",)}.get(what, ())
            working.answer(case, what, {name: flask.request.form.get(name, "") for name in fields})
        else:
            flask.abort(404)
        return flask.redirect(flask.url_for("pages.show", refresh="off", _anchor=f"{partner}-{referral_id}"), 303)

    return routes


def start(given: settings.Settings) -> serving.Running:
    app = serving.create_app("deploy.examples.partner")
    on, working, behaviours = desk.Desk(), work.Work(given), behaviour.Behaviours(("webhook",))
    app.register_blueprint(behaviour.blueprint(behaviours))
    app.register_blueprint(webhooks(given, on, working, behaviours))
    app.register_blueprint(pages(on, working))
    running = serving.serve(app, given.host, given.port, "PARTNER_PORT")
    working.start()
    running.stopping.insert(0, working.stop)
    return running
