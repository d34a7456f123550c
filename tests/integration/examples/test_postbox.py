"""The postbox takes mail by SMTP and SMS by HTTP, shows both, and fails as told."""

import email.message
import smtplib
import time
from typing import Any

import pytest
import standardwebhooks
import urllib3

from deploy.examples import postbox
from deploy.examples.postbox import messages, segments
from tests.integration.examples.listening import HTTP, RECEIPT_SECRET, SMS_KEY, Listener
from tests.wait import wait_until as until

RECEIPTS = "/api/v1/providers/demo-sms/receipts"
INCOMING = "/api/v1/providers/demo-sms/incoming"
PHONE = "+50255550123"


def url(box: postbox.Postbox, path: str) -> str:
    return f"http://127.0.0.1:{box.port}{path}"


def listed(box: postbox.Postbox, query: str = "") -> list[dict[str, Any]]:
    return HTTP.request("GET", url(box, f"/api/v1/messages{query}")).json()["items"]


def sms(box: postbox.Postbox, key: str = "key-1", secret: str = SMS_KEY, **changes: Any) -> urllib3.BaseHTTPResponse:
    body = {"to": PHONE, "from": "Sendero", "text": "Cita SND-ABCD-EFGH", "reference": "message-1", **changes}
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    return HTTP.request("POST", url(box, "/sms/v1/messages"), json=body, headers=headers)


def behave(box: postbox.Postbox, channel: str, behaviour: str, **more: Any) -> None:
    body = {"channel": channel, "behaviour": behaviour, **more}
    assert HTTP.request("POST", url(box, "/api/v1/behaviour"), json=body).status == 200


def mail(to: str = "ana@example.org") -> email.message.EmailMessage:
    made = email.message.EmailMessage()
    made["Subject"] = "Su cita está confirmada"
    made["From"] = "Sendero <no-reply@sendero.test>"
    made["To"] = to
    made["Message-ID"] = "<message-1@sendero.test>"
    made.set_content("Le esperamos el día 3.\n")
    made.add_alternative("<html><head></head><body><script>alert(1)</script><h1>Cita</h1></body></html>", "html")
    made.add_attachment("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "calendar", filename="cita.ics")
    return made


def send(box: postbox.Postbox, to: str = "ana@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", box.smtp_port, timeout=30) as connection:
        connection.send_message(mail(to))


def test_a_mail_is_shown_with_its_parts_and_its_calendar(box: postbox.Postbox) -> None:
    send(box)
    (taken,) = listed(box)
    assert (taken["channel"], taken["to"]) == ("email", "ana@example.org")
    assert taken["subject"] == "Su cita está confirmada"
    assert taken["text"] == "Le esperamos el día 3.\n"
    assert "<h1>Cita</h1>" in taken["html"]
    assert taken["message_id"] == "<message-1@sendero.test>"
    (calendar,) = taken["attachments"]
    assert (calendar["filename"], calendar["content_type"]) == ("cita.ics", "text/calendar")
    assert "BEGIN:VCALENDAR" in calendar["content"]


def test_a_calendar_can_be_downloaded(box: postbox.Postbox) -> None:
    send(box)
    answer = HTTP.request("GET", url(box, f"/mail/{listed(box)[0]['id']}/attachments/0"))
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "cita.ics" in answer.headers["Content-Disposition"]
    assert HTTP.request("GET", url(box, f"/mail/{listed(box)[0]['id']}/attachments/7")).status == 404


def test_the_html_of_a_mail_can_do_nothing(box: postbox.Postbox) -> None:
    send(box)
    opened = listed(box)[0]["id"]
    page = HTTP.request("GET", url(box, f"/?mail={opened}")).data.decode()
    assert 'sandbox="allow-popups' in page
    assert "<script>" not in page
    policy = HTTP.request("GET", url(box, f"/mail/{opened}/html")).headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "script" not in policy
    assert "default-src 'none'" in policy


def test_each_recipient_has_its_own_mail(box: postbox.Postbox) -> None:
    with smtplib.SMTP("127.0.0.1", box.smtp_port, timeout=30) as connection:
        connection.send_message(mail(), to_addrs=["ana@example.org", "luz@example.org"])
    assert [each["to"] for each in listed(box)] == ["ana@example.org", "luz@example.org"]


def test_a_dead_mailbox_is_refused_for_good(box: postbox.Postbox) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(box, "dead@example.org")
    assert refused.value.recipients["dead@example.org"][0] == 550


@pytest.mark.parametrize(("behaviour", "code"), [("500", 451), ("429", 450), ("rejected", 550)])
def test_mail_is_refused_as_told_and_only_as_often(box: postbox.Postbox, behaviour: str, code: int) -> None:
    behave(box, "email", behaviour, count=1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(box)
    assert refused.value.smtp_code == code
    assert listed(box) == []
    send(box)
    assert len(listed(box)) == 1


def test_a_mail_server_that_is_down_says_nothing(box: postbox.Postbox) -> None:
    behave(box, "email", "down", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(box)
    assert listed(box) == []
    send(box)


def test_mail_is_taken_though_the_connection_ends_before_the_answer(box: postbox.Postbox) -> None:
    behave(box, "email", "reset_after", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(box)
    assert len(listed(box)) == 1


def test_mail_is_accepted_and_lost(box: postbox.Postbox) -> None:
    behave(box, "email", "lie", count=1)
    send(box)
    assert listed(box) == []


def test_a_slow_mail_server_takes_the_mail_in_the_end(box: postbox.Postbox) -> None:
    behave(box, "email", "slow", count=1, seconds=0.3)
    begun = time.monotonic()
    send(box)
    assert time.monotonic() - begun >= 0.3
    assert len(listed(box)) == 1


def test_an_sms_arrives_and_its_receipt_is_signed(box: postbox.Postbox, listener: Listener) -> None:
    answer = sms(box)
    assert (answer.status, answer.json()["status"]) == (200, "accepted")
    (receipt,) = until(lambda: listener.at(RECEIPTS))
    said = standardwebhooks.Webhook(RECEIPT_SECRET).verify(receipt.body, receipt.headers)
    assert said.pop("at").endswith("Z")
    assert said == {"id": answer.json()["id"], "reference": "message-1", "status": "delivered"}
    (shown,) = until(lambda: [each for each in listed(box) if each["status"] == "delivered"])
    assert (shown["channel"], shown["to"], shown["from"]) == ("sms", PHONE, "Sendero")
    assert (shown["subject"], shown["html"], shown["attachments"]) == (None, None, [])


def test_the_same_key_is_one_message_and_one_receipt(box: postbox.Postbox, listener: Listener) -> None:
    assert sms(box).json() == sms(box).json()
    assert sms(box, text="something else").json() == {"error": "idempotency_key_reused"}
    assert sms(box, key="key-2").json()["id"] != sms(box).json()["id"]
    until(lambda: len(listener.at(RECEIPTS)) == 2)
    assert len(listed(box)) == 2


def test_a_receipt_is_told_until_it_is_taken(box: postbox.Postbox, listener: Listener) -> None:
    listener.answers[RECEIPTS] = [(503, None), (404, None), (204, None)]
    sms(box)
    tries = until(lambda: len(listener.at(RECEIPTS)) == 3 and listener.at(RECEIPTS))
    assert len({each.headers["Webhook-Id"] for each in tries}) == 1
    until(lambda: listed(box)[0]["status"] == "delivered")


def test_a_receipt_goes_where_the_message_says(box: postbox.Postbox, listener: Listener) -> None:
    sms(box, callback_url=f"{listener.url}/elsewhere")
    until(lambda: listener.at("/elsewhere"))
    assert listener.at(RECEIPTS) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"to": "+50255550000"}, "invalid_number"),
        ({"to": "5555 0123"}, "invalid_number"),
        ({"text": ""}, "missing_text"),
        ({"text": 7}, "missing_text"),
        ({"text": "x" * 1601}, "too_long"),
        ({"surprise": 1}, "invalid_body"),
        ({"callback_url": "file:///etc/passwd"}, "invalid_callback_url"),
    ],
)
def test_a_wrong_sms_is_refused_for_good(box: postbox.Postbox, changes: dict[str, Any], error: str) -> None:
    answer = sms(box, **changes)
    assert (answer.status, answer.json()) == (400, {"error": error})
    assert listed(box) == []


def test_an_sms_needs_the_right_key(box: postbox.Postbox) -> None:
    assert sms(box, secret="another").status == 401
    assert sms(box, key="").json() == {"error": "missing_idempotency_key"}
    assert listed(box) == []


@pytest.mark.parametrize(("behaviour", "status"), [("500", 500), ("429", 429), ("rejected", 400)])
def test_sms_fail_as_told_and_only_as_often(box: postbox.Postbox, behaviour: str, status: int) -> None:
    behave(box, "sms", behaviour, count=2)
    assert [sms(box).status for _ in range(3)] == [status, status, 200]
    assert len(listed(box)) == 1


def test_an_sms_provider_that_is_down_gives_no_answer(box: postbox.Postbox) -> None:
    behave(box, "sms", "down", count=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        sms(box)
    assert listed(box) == []


def test_an_sms_is_taken_once_though_its_first_answer_is_lost(box: postbox.Postbox) -> None:
    behave(box, "sms", "reset_after", count=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        sms(box)
    assert sms(box).json()["id"] == listed(box)[0]["id"]
    assert len(listed(box)) == 1


def test_an_sms_is_accepted_and_lost(box: postbox.Postbox, listener: Listener) -> None:
    behave(box, "sms", "lie", count=1)
    assert sms(box).json()["status"] == "accepted"
    sms(box, key="key-2", reference="message-2")
    until(lambda: listener.at(RECEIPTS))
    assert [each["reference"] for each in listed(box)] == ["message-2"]
    assert [each.json()["reference"] for each in listener.at(RECEIPTS)] == ["message-2"]


def test_a_phone_that_is_off_gets_a_failed_receipt(box: postbox.Postbox, listener: Listener) -> None:
    behave(box, "sms", "undelivered")
    sms(box)
    assert until(lambda: listener.at(RECEIPTS))[0].json()["status"] == "failed"
    assert listed(box) == []
    behave(box, "sms", "normal")
    assert HTTP.request("GET", url(box, "/api/v1/behaviour")).json() == {"sms": "normal", "email": "normal"}


def test_a_wrong_behaviour_is_refused(box: postbox.Postbox) -> None:
    for body in ({"behaviour": "fly"}, {"channel": "fax", "behaviour": "down"}, {}, {"behaviour": "down", "count": 0}):
        assert HTTP.request("POST", url(box, "/api/v1/behaviour"), json=body).status == 422


def test_a_reply_is_told_signed_and_seen_on_the_phone(box: postbox.Postbox, listener: Listener) -> None:
    sms(box)
    form = {"text": "ALTO"}
    answer = HTTP.request(
        "POST", url(box, f"/phones/{PHONE}/replies"), fields=form, encode_multipart=False, redirect=False
    )
    assert answer.status == 303
    (reply,) = until(lambda: listener.at(INCOMING))
    said = standardwebhooks.Webhook(RECEIPT_SECRET).verify(reply.body, reply.headers)
    assert (said["from"], said["text"], set(said)) == (PHONE, "ALTO", {"from", "text", "at"})
    until(lambda: 'class="bubble mine"' in HTTP.request("GET", url(box, "/")).data.decode())


def test_a_page_of_another_site_cannot_press_the_buttons(box: postbox.Postbox) -> None:
    sms(box)
    for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert HTTP.request("POST", url(box, "/clear"), headers=headers).status == 403
    assert len(listed(box)) == 1
    own = {"Origin": f"http://127.0.0.1:{box.port}", "Sec-Fetch-Site": "same-origin"}
    assert HTTP.request("POST", url(box, "/clear"), headers=own, redirect=False).status == 303
    assert listed(box) == []


def test_messages_are_found_by_recipient_and_time(box: postbox.Postbox) -> None:
    sms(box)
    send(box)
    assert [each["channel"] for each in listed(box)] == ["sms", "email"]
    assert [each["channel"] for each in listed(box, "?to=%2B502%205555-0123")] == ["sms"]
    assert [each["channel"] for each in listed(box, f"?to={PHONE}")] == ["sms"]  # "+" unescaped
    assert [each["channel"] for each in listed(box, "?to=ANA@example.org")] == ["email"]
    assert [each["channel"] for each in listed(box, f"?since={listed(box)[1]['received_at']}")] == ["email"]
    assert HTTP.request("GET", url(box, "/api/v1/messages?since=yesterday")).status == 400
    assert HTTP.request("DELETE", url(box, "/api/v1/messages")).status == 204
    assert listed(box) == []


def test_the_page_speaks_the_readers_language(box: postbox.Postbox) -> None:
    def page(path: str, **headers: str) -> str:
        return HTTP.request("GET", url(box, path), headers=headers).data.decode()

    assert "Todavía no hay correos" in page("/", **{"Accept-Language": "es-GT,es;q=0.9"})
    assert "No email yet" in page("/", **{"Accept-Language": "en-GB"})
    assert "No email yet" in page("/?lang=en", **{"Accept-Language": "es"})
    assert "No email yet" in page("/", **{"Accept-Language": "es", "Cookie": "demo_lang=en"})


def test_what_is_shown_is_escaped(box: postbox.Postbox) -> None:
    sms(box, text="<b>hola</b> http://127.0.0.1:8001/cita?a=1&b=2")
    page = HTTP.request("GET", url(box, "/")).data.decode()
    assert "<b>hola" not in page
    assert 'href="http://127.0.0.1:8001/cita?a=1&amp;b=2"' in page


def test_the_oldest_messages_make_room_for_the_newest() -> None:
    small = messages.Box(most=3, most_bytes=10_000)
    for number in range(5):
        small.add(messages.Message(str(number), "sms", PHONE, "Sendero", "text"))
    assert [each.id for each in small.find()] == ["2", "3", "4"]
    small.add(messages.Message("5", "sms", PHONE, "Sendero", "x" * 9_400))
    assert [each.id for each in small.find()] == ["5"]


def test_segments_are_counted_as_a_network_does() -> None:
    assert segments.segments("ñ" * 160) == (1, "GSM-7")
    assert segments.segments("e" * 161) == (2, "GSM-7")
    assert segments.segments("{" * 81) == (2, "GSM-7")
    assert segments.segments("á" * 70) == (1, "UCS-2")
    assert segments.segments("á" * 71) == (2, "UCS-2")


def test_the_page_refreshes_itself_unless_somebody_reads_or_writes(box: postbox.Postbox) -> None:
    sms(box)
    send(box)
    opened = listed(box, "?channel=email")[0]["id"]
    for path, seconds in (("/", "5"), ("/?refresh=off", None), (f"/?mail={opened}", None), ("/?write=1", None)):
        assert HTTP.request("GET", url(box, path)).headers.get("Refresh") == seconds
