"""The AsyncAPI 3 document of what a service announces, from its topics and definitions."""

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from shared import kafka_topics
from shared.definitions import Definition, Envelope
from shared.events import Topic

VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
ABOUT = """Events are CloudEvents 1.0 in Kafka's binary mode. One may come more than once: `ce_id` tells it apart.
A type only gains fields: take without failing what you do not know. Anything else is a new version, a new type."""

Document = dict[str, Any]


def document(service: str, topics: Mapping[str, Topic], definitions: Mapping[str, Definition]) -> Document:
    schemas = _Schemas()
    messages = {name: _message(name, one, topics[one.topic], schemas) for name, one in definitions.items()}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"Sendero {service}",
            "version": "v1",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, topic, definitions) for name, topic in topics.items()},
        "operations": {f"announce.{name}": _operation(name, definitions) for name in topics},
        "components": {"messages": messages, "schemas": schemas.all()},
    }


class _Schemas:
    """JSON Schemas of marshmallow schemas, made as the OpenAPI document's are, each named once."""

    def __init__(self) -> None:
        self._plugin = MarshmallowPlugin()
        self._spec = APISpec("", "", "3.1.0", plugins=[self._plugin])

    def ref(self, schema: type[Schema]) -> Document:
        resolver = self._plugin.resolver
        if resolver is None:
            raise RuntimeError("the plugin belongs to no document")
        return resolver.resolve_schema_dict(schema)

    def all(self) -> Document:
        """Open to fields that come later: what a publisher refuses to send, a reader need not refuse to take."""
        found = self._spec.components.schemas
        closed = ("additionalProperties", False)
        return {name: dict(part for part in one.items() if part != closed) for name, one in found.items()}


def _channel(name: str, topic: Topic, definitions: Mapping[str, Definition]) -> Document:
    settings: Document = dict(kafka_topics.config(topic))
    settings["cleanup.policy"] = [settings["cleanup.policy"]]
    settings |= {key: int(value) for key, value in settings.items() if key.endswith(".ms")}
    kafka = {
        "topic": name,
        "partitions": topic.partitions,
        "topicConfiguration": settings,
        "bindingVersion": KAFKA_BINDING,
    }
    return {
        "address": name,
        "messages": {one: {"$ref": f"#/components/messages/{one}"} for one in _of(name, definitions)},
        "bindings": {"kafka": kafka},
    }


def _operation(topic: str, definitions: Mapping[str, Definition]) -> Document:
    channel = f"#/channels/{topic}"
    messages = [{"$ref": f"{channel}/messages/{one}"} for one in _of(topic, definitions)]
    return {"action": "send", "channel": {"$ref": channel}, "messages": messages}


def _of(topic: str, definitions: Mapping[str, Definition]) -> list[str]:
    return [name for name, one in definitions.items() if one.topic == topic]


def _message(name: str, one: Definition, topic: Topic, schemas: _Schemas) -> Document:
    key = (
        "whom it is about; the last event of each stays" if topic.compacted else "the case, whose events come in order"
    )
    typed = {"properties": {"ce_type": {"const": name}}}
    message = {
        "name": name,
        "summary": one.summary,
        "contentType": "application/json",
        "headers": {"type": "object", "allOf": [schemas.ref(Envelope), typed]},
        "payload": schemas.ref(one.schema) if one.schema else {"type": "null"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": KAFKA_BINDING}},
    }
    return message | ({"x-sealed": schemas.ref(one.sealed)} if one.sealed else {})
