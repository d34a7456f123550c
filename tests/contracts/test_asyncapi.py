"""The AsyncAPI documents: as version 3 asks for it, and what is published is valid by them."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from services.booking import commands as booking
from services.notifications import commands as notifications
from services.referrals import commands as referrals
from shared import asyncapi, events
from tests.contracts import published

COMMANDS = {"booking": booking.cli, "referrals": referrals.cli, "notifications": notifications.cli}
MADE = published.made_today()


def document(service: str) -> dict[str, Any]:
    found = published.SERVICES[service]
    return asyncapi.document(service, found.TOPICS, found.DEFINITIONS)


def resolved(whole: dict[str, Any], ref: str) -> Any:
    found: Any = whole
    for name in ref.removeprefix("#/").split("/"):
        found = found[name]
    return found


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from refs(value)
    elif isinstance(part, list):
        for one in part:
            yield from refs(one)


@pytest.mark.parametrize("service", published.SERVICES)
def test_the_document_has_the_parts_that_asyncapi_3_asks_for(service: str) -> None:
    """Its own JSON Schema, 3.0.0 with the Kafka bindings 0.5.0, is in no package of the lock; the documents were valid
    by it when this was written."""
    found = document(service)
    assert found["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(found["info"])
    assert set(found) <= {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    for name, channel in found["channels"].items():
        assert channel["address"] == name == channel["bindings"]["kafka"]["topic"]
        for type_, message in channel["messages"].items():
            assert message == {"$ref": f"#/components/messages/{type_}"}
    for operation in found["operations"].values():
        assert operation["action"] == "send"
        channel = resolved(found, operation["channel"]["$ref"])
        prefix = f"{operation['channel']['$ref']}/messages/"
        assert {one["$ref"] for one in operation["messages"]} == {prefix + type_ for type_ in channel["messages"]}
    for type_, message in found["components"]["messages"].items():
        assert message["name"] == type_
        assert message["headers"]["type"] == "object"
        assert {"summary", "contentType", "payload"} <= set(message)
        assert message["bindings"]["kafka"]["key"]["type"] == "string"


@pytest.mark.parametrize("service", published.SERVICES)
def test_the_document_has_every_type_and_every_topic_once(service: str) -> None:
    found, module = document(service), published.SERVICES[service]
    assert set(found["components"]["messages"]) == set(module.DEFINITIONS)
    assert set(found["channels"]) == set(module.TOPICS)
    assert [operation["channel"]["$ref"] for operation in found["operations"].values()] == [
        f"#/channels/{topic}" for topic in module.TOPICS
    ]
    in_channels = [type_ for channel in found["channels"].values() for type_ in channel["messages"]]
    assert sorted(in_channels) == sorted(module.DEFINITIONS)


@pytest.mark.parametrize("service", published.SERVICES)
def test_every_reference_leads_somewhere_and_every_schema_is_referred_to(service: str) -> None:
    found = document(service)
    for ref in refs(found):
        assert resolved(found, ref) is not None
    used = {ref.rpartition("/")[2] for ref in refs(found) if ref.startswith("#/components/schemas/")}
    assert used == set(found["components"]["schemas"])


def test_topics_are_described_as_they_are_made() -> None:
    channels = document("booking")["channels"]
    kafka = {name: channel["bindings"]["kafka"] for name, channel in channels.items()}
    assert kafka["booking"]["partitions"] == 12
    assert kafka["booking"]["topicConfiguration"] == {"cleanup.policy": ["delete"], "retention.ms": 5_184_000_000}
    assert kafka["people"]["topicConfiguration"]["cleanup.policy"] == ["compact"]


@pytest.mark.parametrize("event", MADE, ids=lambda event: event.type)
def test_what_is_published_is_valid_by_the_document(event: events.Event) -> None:
    whole = document(event.source.rpartition("/")[2])
    message = whole["components"]["messages"][event.type]
    headers, _ = events.write(event)
    assert valid(whole, message["payload"], event.data)
    assert valid(whole, message["headers"], {name: content.decode() for name, content in headers})


@pytest.mark.parametrize("event", MADE, ids=lambda event: event.type)
def test_what_was_not_announced_so_is_not_valid_by_the_document(event: events.Event) -> None:
    whole = document(event.source.rpartition("/")[2])
    message = whole["components"]["messages"][event.type]
    headers = {name: content.decode() for name, content in events.write(event)[0]}
    assert not valid(whole, message["headers"], headers | {"ce_type": "something.else.v1"})
    assert not valid(whole, message["payload"], {} if event.data is None else None)
    schema = published.DEFINITIONS[event.type].schema
    for name in (one for one, field in (schema().fields if schema else {}).items() if field.required):
        less = {one: value for one, value in (event.data or {}).items() if one != name}
        assert not valid(whole, message["payload"], less), name


@pytest.mark.parametrize("event", [one for one in MADE if one.data], ids=lambda event: event.type)
def test_fields_that_come_later_are_valid_by_todays_document(event: events.Event) -> None:
    whole = document(event.source.rpartition("/")[2])
    payload = whole["components"]["messages"][event.type]["payload"]
    assert valid(whole, payload, (event.data or {}) | {"of_tomorrow": 1})


def test_what_is_sealed_is_valid_by_the_document() -> None:
    whole = document("booking")
    schema = whole["components"]["messages"]["person.changed.v1"]["x-sealed"]
    assert valid(whole, schema, published.known_of_the_person())


@pytest.mark.parametrize("service", COMMANDS)
def test_a_command_prints_the_document_without_any_settings(service: str) -> None:
    done = CliRunner(env={f"{service.upper()}_MONGO_URI": None}).invoke(COMMANDS[service], ["asyncapi"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == json.loads(json.dumps(document(service)))


def valid(whole: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    """By JSON Schema draft 7, which AsyncAPI's own is built on."""
    rooted = {"allOf": [schema], "components": whole["components"]}
    return jsonschema_rs.Draft7Validator(rooted, validate_formats=True).is_valid(value)
