"""Starts the postbox: the page with the SMS provider's API, and the mail server."""

from dataclasses import dataclass

from deploy.examples import behaviour, serving
from deploy.examples.postbox import callbacks, mail, messages, pages, settings, sms


@dataclass
class Postbox(serving.Running):
    smtp_port: int = 0


def start(given: settings.Settings) -> Postbox:
    box = messages.Box()
    behaviours = behaviour.Behaviours(("sms", "email"), more=("undelivered",))
    outgoing = callbacks.Outgoing(given.receipt_secret, given.retry_seconds)
    app = serving.create_app("deploy.examples.postbox")
    app.register_blueprint(behaviour.blueprint(behaviours))
    app.register_blueprint(pages.blueprint(given, box, outgoing))
    app.register_blueprint(sms.blueprint(given.sms_key, sms.Provider(given, box, outgoing), behaviours))
    running = serving.serve(app, given.host, given.port, "POSTBOX_PORT")
    try:
        server = mail.serve(box, behaviours, given.host, given.smtp_port)
    except BaseException:
        running.stop()
        raise
    outgoing.start()
    return Postbox(running.port, [*running.stopping, outgoing.stop, server.stop], server.port)
