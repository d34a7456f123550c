"""What a service's user may do in Kafka: exactly what the service publishes and reads, whatever was allowed before."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)

from shared import kafka_security

ITERATIONS = 8192
SECONDS = 15
# An owner makes its topics and looks whether their logs are still whole. How long they keep is an administrator's to
# say: whoever may say it may have all records thrown away at once.
OWNER = ("CREATE", "READ", "WRITE")
READER = ("READ",)  # to see that it is there goes with it


class NotGiven(Exception):
    """Kafka did not take a user or a right."""


@dataclass(frozen=True, order=True)
class Right:
    kind: str  # "GROUP" or "TOPIC"
    name: str
    may: str


def rights(service: str, publishes: Iterable[str], reads: Iterable[str]) -> set[Right]:
    """Of one service: on its topics, on those it reads, and on its consumer group, which has its name."""
    own = {Right("TOPIC", name, may) for name in publishes for may in OWNER}
    others = {Right("TOPIC", name, may) for name in reads for may in READER}
    return own | others | {Right("GROUP", service, "READ")}


def ensure(client: KafkaAdminClient, user: str, password: str, wanted: set[Right]) -> tuple[int, int]:
    """Sets the password and makes the rights the wanted ones; repeatable. Returns how many were given and how many
    taken away. Raises NotGiven, KafkaError."""
    scram = UserScramCredentialUpsertion(user, kafka_security.MECHANISM, password, iterations=ITERATIONS)
    refused = client.alter_user_scram_credentials([scram])[user]
    if refused:
        raise NotGiven(f"the password of {user}: {refused}")
    there, _ = client.describe_acls(all_of(user))
    missing = wanted - {right(one) for one in there}
    surplus = [one for one in there if right(one) not in wanted]
    if missing:
        failed = client.create_acls([_acl(user, one) for one in sorted(missing)])["failed"]
        if failed:
            raise NotGiven(f"{len(failed)} rights of {user}: {failed[0].__name__}")
    for _, _, error in client.delete_acls([_only(one) for one in surplus]) if surplus else []:
        if error.errno:
            raise NotGiven(f"a right of {user} could not be taken away: {error.__name__}")
    _wait(client, user, wanted)
    return len(missing), len(surplus)


def _wait(client: KafkaAdminClient, user: str, wanted: set[Right]) -> None:
    """Until the broker that is asked has heard of it; of the password too, which was written before."""
    until = time.monotonic() + SECONDS
    while {right(one) for one in client.describe_acls(all_of(user))[0]} != wanted:
        if time.monotonic() > until:
            raise NotGiven(f"the rights of {user} have not come about within {SECONDS} s")
        time.sleep(0.1)


def right(acl: Any) -> Right | None:
    """None: of another kind than we give, or refusing."""
    pattern = acl.resource_pattern
    plain = pattern.pattern_type == ACLResourcePatternType.LITERAL and acl.host == "*"
    if not plain or acl.permission_type != ACLPermissionType.ALLOW:
        return None
    return Right(pattern.resource_type.name, pattern.resource_name, acl.operation.name)


def _acl(user: str, one: Right) -> ACL:
    pattern = ResourcePattern(ResourceType[one.kind], one.name, ACLResourcePatternType.LITERAL)
    return ACL(f"User:{user}", "*", ACLOperation[one.may], ACLPermissionType.ALLOW, pattern)


def all_of(user: str) -> ACLFilter:
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(f"User:{user}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)


def _only(acl: Any) -> ACLFilter:
    pattern = acl.resource_pattern
    one = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, one)
