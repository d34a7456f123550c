#!/usr/bin/env python3
"""Holds a draw of Sendero again from its published files, and says whether the published result is the right one.

Written from the page that describes the draw (DRAW.md), with nothing but the standard library of Python 3.10 or newer.
"""

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

Row = dict[str, Any]
UTC = timezone.utc  # noqa: UP017  (datetime.UTC is there from 3.11 on)
LISTS = ("entries", "capacity", "result")
EXAMPLE = """example:
  mkdir my-draw
  # save there, from the page of the draw: commitment.json, seed.json, rule.json,
  # entries.jsonl, capacity.jsonl, result.jsonl; then, with the hash as you noted it at the close:
  python3 verify_draw.py my-draw --hash 31d07c2f...

0 is the exit code when the result is right, 1 when anything is not."""


class Wrong(Exception):
    """What is wrong, in words."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the six published files are")
    parser.add_argument("--hash", help="the hash that was published at the close, to be compared")
    given = parser.parse_args(arguments)
    try:
        verify(given.folder, given.hash)
    except Wrong as wrong:
        print(f"WRONG  {wrong}")
        return 1
    except (KeyError, TypeError, ValueError) as error:
        print(f"WRONG  a field is missing or of the wrong kind: {type(error).__name__} {error}")
        return 1
    print("RIGHT  the published result is what these entries, this rule and this seed give")
    return 0


def verify(folder: Path, noted: str | None) -> None:
    texts = {name: text_of(folder, name) for name in ("commitment", "seed", "rule", *LISTS)}
    commitment, seed, rule = (rows_of(texts[name], name)[0] for name in ("commitment", "seed", "rule"))
    entries, capacity, result = (rows_of(texts[name], name) for name in LISTS)
    must(commitment.get("algorithm") == "sendero-draw-1", "commitment: another algorithm than this program knows")
    for name in ("entries", "capacity", "rule"):
        must(sha256(texts[name]) == commitment[name], f"{name}: not what was committed to: the hash differs")
        print(f"ok     {name}: what was committed to")
    hash = sha256(texts["commitment"])
    must(noted in (None, hash), f"commitment: its hash is {hash}, and not the one you noted")
    print(f"ok     commitment {hash}" + ("" if noted else "\n       was this published at the close? --hash compares"))
    value = seed_of(commitment, seed)
    check_rows(entries, capacity, rule)
    expected = draw(entries, capacity, rule, digest(hash, value))
    compare(result, expected)
    drawn = sum("slot" in one for one in expected.values())
    print(f"ok     result: {len(expected)} entries, {drawn} drawn, {len(expected) - drawn} on the waitlist")


# --- the files


def text_of(folder: Path, name: str) -> str:
    path = folder / (f"{name}.jsonl" if name in LISTS else f"{name}.json")
    try:
        return path.read_bytes().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Wrong(f"{path}: cannot be read: {error}") from error


def rows_of(text: str, name: str) -> list[Row]:
    """The rows, if each is written in the one way that there is, and they are in order."""
    try:
        rows = [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        raise Wrong(f"{name}: not JSON: {error}") from error
    must(all(isinstance(row, dict) for row in rows), f"{name}: a row is no object")
    written = "".join(json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows)
    must(written == text, f"{name}: not in the canonical form, so its hash means nothing")
    if name in LISTS:
        ids = [row.get("id", "") for row in rows]
        must(
            all(one < other for one, other in itertools.pairwise(ids)),
            f"{name}: not in the order of ids, or one id twice",
        )
    else:
        must(len(rows) == 1, f"{name}: one line is expected")
    return rows


def check_rows(entries: list[Row], capacity: list[Row], rule: Row) -> None:
    shares = (rule["waiting"], rule["chance"])
    must(all(type(share) is int and share >= 0 for share in shares) and sum(shares) == 100, "rule: shares are not 100")
    for entry in entries:
        numbers = type(entry["party"]) is int and type(entry["waited"]) is int
        must(numbers and entry["party"] >= 1 and entry["waited"] >= 0, f"entry {entry['id']}: impossible numbers")
        needs = entry["needs"]
        must(needs == sorted(set(needs)), f"entry {entry['id']}: needs out of order or twice")
        must(set(needs) <= set(rule["minimums"]), f"entry {entry['id']}: a need that the rule does not know")
    for slot in capacity:
        must(type(slot["places"]) is int and slot["places"] >= 1, f"slot {slot['id']}: impossible number of places")


# --- the seed


def seed_of(commitment: Row, seed: Row) -> str:
    named, value = commitment["seed"], str(seed["value"])
    if named["kind"] == "drand":
        check_drand(commitment, seed)
    else:
        told, commitments = seed["revealed"], named["commitments"]
        must(named["kind"] == "officers" and len(told) == len(commitments) == 2, "seed: two officers are expected")
        for number in (0, 1):
            must(sha256(told[number]) == commitments[number], f"seed: value {number + 1} is not what was committed to")
        must(told[0] != told[1], "seed: both officers had the same value")
        must(digest(*told) == value, "seed: not the hash of both officers' values")
        print("ok     seed: both officers revealed what they had committed to")
    return value


def check_drand(commitment: Row, seed: Row) -> None:
    chain, number, value = commitment["seed"]["chain"], commitment["seed"]["round"], seed["value"]
    must(chain == "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", "seed: an unknown drand chain")
    closed = datetime.strptime(commitment["closed_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    comes = datetime.fromtimestamp(1692803367 + 3 * (number - 1), UTC)
    must(comes >= closed + timedelta(minutes=10), f"seed: round {number} came too early, at {comes}")
    if "signature" in seed:
        signature = bytes.fromhex(seed["signature"])
        must(hashlib.sha256(signature).hexdigest() == value, "seed: not the hash of the round's signature")
    print(f"ok     seed: round {number} of drand, {comes:%Y-%m-%d %H:%M:%S} UTC. Compare its randomness with")
    print(f"       {value} at https://api.drand.sh/{chain}/public/{number}")


# --- the draw


class Places:
    """What is free in each slot; the slots under each choice, the earliest first."""

    def __init__(self, capacity: list[Row]) -> None:
        self.free = {slot["id"]: slot["places"] for slot in capacity}
        self.under: dict[str, list[str]] = {}
        for slot in sorted(capacity, key=lambda slot: (slot["starts_at"], slot["id"])):
            for choice in (slot["office"], f"{slot['office']}/{slot['part']}"):
                self.under.setdefault(choice, []).append(slot["id"])

    def take(self, entry: Row) -> str | None:
        for choice in entry["choices"]:
            slots = self.under.get(choice, [])
            while slots and self.free[slots[0]] == 0:
                del slots[0]
            for slot in slots:
                if self.free[slot] >= entry["party"]:
                    self.free[slot] -= entry["party"]
                    return slot
        return None


def draw(entries: list[Row], capacity: list[Row], rule: Row, key: str) -> dict[str, Row]:
    """id -> {"slot", "share"} or {"waitlist"}"""
    chance = sorted(entries, key=lambda entry: digest(key, "chance", entry["id"]))
    waiting = sorted(
        (entry for entry in entries if entry["waited"] > 0 and rule["waiting"] > 0),
        key=lambda entry: (-entry["waited"], digest(key, "waiting", entry["id"])),
    )
    places = Places(capacity)
    result: dict[str, Row] = {}
    line: list[str] = []

    def place(entry: Row, share: str) -> bool:
        slot = places.take(entry)
        if slot:
            result[entry["id"]] = {"slot": slot, "share": share}
        return slot is not None

    def wait(entry: Row, _: str) -> bool:
        line.append(entry["id"])
        result[entry["id"]] = {"waitlist": len(line)}
        return True

    given = minimums(chance, rule, place)
    by_turns(waiting, chance, rule, result, place, given)
    by_turns(waiting, chance, rule, result, wait, 0)
    return result


def minimums(chance: list[Row], rule: Row, place: Callable[[Row, str], bool]) -> int:
    """Step 3; how many places it has given."""
    of_need = dict.fromkeys(rule["minimums"], 0)
    given = 0
    for entry in chance:
        if any(of_need[need] < rule["minimums"][need] for need in entry["needs"]) and place(entry, "minimum"):
            given += entry["party"]
            for need in entry["needs"]:
                of_need[need] += entry["party"]
    return given


def by_turns(
    waiting: list[Row],
    chance: list[Row],
    rule: Row,
    result: dict[str, Row],
    give: Callable[[Row, str], bool],
    given_c: int,
) -> None:
    """Steps 4 and 5."""
    w = c = given_w = 0
    while w < len(waiting) or c < len(chance):
        waiting_first = given_w * rule["chance"] <= given_c * rule["waiting"]
        if w < len(waiting) and (waiting_first or c == len(chance)):
            entry, share, w = waiting[w], "waiting", w + 1
        else:
            entry, share, c = chance[c], "chance", c + 1
        if entry["id"] not in result and give(entry, share):
            if share == "waiting":
                given_w += entry["party"]
            else:
                given_c += entry["party"]


def compare(result: list[Row], expected: dict[str, Row]) -> None:
    published = {row["id"]: {name: value for name, value in row.items() if name != "id"} for row in result}
    must(set(published) == set(expected), "result: not the same entries as in the list of entries")
    differ = [id for id in sorted(expected) if published[id] != expected[id]]
    if differ:
        first = differ[0]
        raise Wrong(
            f"result: {len(differ)} entries differ, the first is {first}:\n"
            f"       published {published[first]}\n       the rule gives {expected[first]}"
        )


def digest(*lines: str) -> str:
    return sha256("".join(line + "\n" for line in lines))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def must(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Wrong(otherwise)


if __name__ == "__main__":
    sys.exit(main())
