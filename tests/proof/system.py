"""The whole system of one proof: servers, the ways to them, the product's processes, the parties outside."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database

from deploy.local import processes, settings
from tests.ports import free_port
from tests.proof import programs, servers
from tests.proof.clients import people
from tests.proof.keeper import Keeper
from tests.proof.network import Network
from tests.proof.office import FAMILIES, FLOODED, ORIENTATION, Office, Wanted, drawn

SERVICES = settings.SERVICES
GIVEN = ("KAFKA_BOOTSTRAP_SERVERS", *(f"{service.upper()}_MONGO_URI" for service in SERVICES))
WITHOUT_LIMITS = {"RATE_LIMIT": "1000000/minute", "BOOKINGS_PER_CONTACT": "100000"}
BEHIND_A_WAY = ("referrals", "notifications")  # whose databases are; booking's is a set of three
MARKER = "sendero-proof"
WINDOW_SECONDS = 60.0
REALLY_WAITS = 5000  # from so many cases on, a run is long enough for the ten minutes between list and seed


class System:
    """`with System(folder, cases) as system`. Everything listens on 127.0.0.1, and nothing of it is left at the end.

    `ways`: the names of the network's relays, `SERVICE-kafka` and `SERVICE-mongo`; empty when the servers were given
    from elsewhere, which are then left in peace.
    """

    def __init__(self, folder: Path, cases: int, say: Callable[[str], None] = print) -> None:
        self.folder, self.cases, self.say = folder, cases, say
        if self.owns_servers():
            servers.remove_leftovers()
        _empty(folder)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.mongo: dict[str, servers.MongoSet] = {}
        self.ways: list[str] = []
        self.office = Office(lambda: self.database("booking"), WINDOW_SECONDS, skips=cases < REALLY_WAITS)
        self._databases: dict[str, Database] = {}
        self.network = Network(self.logs / "network.log")
        self.broker = servers.Kafka(SERVICES)
        self.kafka = self.broker.address
        self.settings: dict[str, str] = {}
        self.keeper: Keeper

    @staticmethod
    def owns_servers() -> bool:
        return not all(os.environ.get(name) for name in GIVEN)

    def __enter__(self) -> "System":
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        if hasattr(self, "keeper"):
            self.keeper.close()
        for service in SERVICES:
            if service in self._databases:
                self._databases[service].client.close()
        self.network.close()
        if self.owns_servers():
            self._remove_servers()

    # for clients, operator and checker

    def url(self, program: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.settings[f'{program.upper()}_PORT']}{path}"

    def workers(self) -> list[str]:
        """Where the workers answer."""
        ports = [next(iter(program.own.values())) for program in self.keeper.programs.values() if _is_worker(program)]
        return [f"http://127.0.0.1:{port}" for port in ports]

    def database(self, service: str) -> Database:
        """With the service's own rights, straight to the server."""
        if service not in self._databases:
            uri = self.mongo[service].uri() if self.mongo else self.settings[f"{service.upper()}_MONGO_URI"]
            client: MongoClient = MongoClient(uri, tz_aware=True, uuidRepresentation="standard", timeoutMS=30_000)
            self._databases[service] = client.get_default_database()
        return self._databases[service]

    # for the faults

    def lever(self, service: str, name: str, content: str = "") -> Path:
        """For all processes of the service, or (name with a slash) for one of them."""
        path = self.folder / "levers" / service / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(content)
        return fresh.rename(path)

    def holder(self, service: str, lease: str = "relay") -> str | None:
        """The process that holds the lease."""
        row = self.database(service).leases.find_one({"_id": lease}) or {}
        name = f"{service} {(row.get('token') or '').partition('.')[0]}"
        return name if name in self.keeper.programs else None

    def names(self, service: str | None = None, tail: str = "") -> list[str]:
        """Of the product's processes."""
        ours = [program for program in self.keeper.programs.values() if program.is_ours and program.part.ready]
        return [one.name for one in ours if service in (None, one.service) and tail in one.name]

    # how it starts

    def _start(self) -> None:
        began = time.monotonic()
        self.settings = settings.load(self.folder, {**_ports(), **os.environ}) | WITHOUT_LIMITS
        if self.owns_servers():
            self._start_servers()
        else:
            self.kafka = self.settings["KAFKA_BOOTSTRAP_SERVERS"]
            self._must_be_empty()
        self.say(f"Servers are there after {time.monotonic() - began:.0f} s")
        jobs, outside, webs, workers = programs.set_up(), programs.outside(), programs.webs(), programs.workers()
        everything = [*jobs, *outside, *webs, *workers]
        self.keeper = Keeper(self.folder, self.settings, [self._with_ways(one) for one in everything])
        self.keeper.start(*(one.name for one in outside))
        self.keeper.run(*(one.name for one in jobs))
        self.office.open(_slots(self.cases), self.folder / "clients" / "office.json")
        running = [one.name for one in (*webs, *workers)]
        self.keeper.start(*running)
        self.keeper.wait_ready(*running, *(one.name for one in outside))
        self.say(f"The product runs in {len(running)} processes after {time.monotonic() - began:.0f} s")

    def _start_servers(self) -> None:
        password = {service: self.settings[f"{service.upper()}_MONGO_PASSWORD"] for service in SERVICES}
        self.mongo = {one: servers.MongoSet(one, 1 if one in BEHIND_A_WAY else 3, password[one]) for one in SERVICES}
        to_broker = {one: self.network.open(f"{one}-kafka", self.broker.ports[one]) for one in SERVICES}
        to_mongo = {one: self.network.open(f"{one}-mongo", self.mongo[one].ports[0]) for one in BEHIND_A_WAY}
        self.ways = [f"{one}-kafka" for one in to_broker] + [f"{one}-mongo" for one in to_mongo]
        self.broker.begin(to_broker)
        with ThreadPoolExecutor(len(SERVICES)) as together:
            list(together.map(servers.MongoSet.start, self.mongo.values()))
        self.broker.wait()
        self._own = {one: {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"} for one, port in to_broker.items()}
        for one in SERVICES:
            self._own[one][f"{one.upper()}_MONGO_URI"] = self.mongo[one].uri(to_mongo.get(one))

    def _must_be_empty(self) -> None:
        """Servers that were given must hold nothing: what is there already cannot be told from what was done twice."""
        for service in SERVICES:
            if self.database(service).list_collection_names():
                raise SystemExit(f"The database of {service} is not empty; give one that is, and a new broker.")

    def _with_ways(self, program: programs.Program) -> programs.Program:
        if not self.owns_servers() or not program.is_ours:
            return program
        own = {**program.own, **self._own[program.service]}
        return programs.Program(program.name, program.part, program.words, own)

    def _remove_servers(self) -> None:
        found = [container for one in self.mongo.values() for container in one.containers]
        if hasattr(self.broker, "container"):
            found.append(self.broker.container)
        with ThreadPoolExecutor(6) as together:
            list(together.map(servers.Container.remove, found))


def _slots(cases: int) -> dict[str, Wanted]:
    """Many places soon, for those who come and are referred; many later; few, which people race for; and those of the
    groups that come together."""
    many = max(cases // 40, 5)
    soon = [timedelta(minutes=minutes) for minutes in range(30, 110)]
    far = [timedelta(days=day, minutes=30 * n) for day in range(2, 12) for n in range(8)]
    wanted = {
        "soon": Wanted(ORIENTATION, soon, many),
        "far": Wanted(ORIENTATION, far, many),
        "scarce": Wanted(ORIENTATION, [timedelta(days=d, minutes=7 + n) for d in range(2, 12) for n in range(3)], 2),
        "families": Wanted(FAMILIES, far, max(cases // 300, 5)),
        FLOODED: Wanted(FLOODED, flooded(people.batches(cases)), 5),
        "spared": Wanted(FLOODED, [timedelta(days=day, hours=6) for day in range(2, 12)], 12),
    }
    for number in range(people.windows(cases)):
        after = [timedelta(days=4 + number, hours=hours) for hours in (0, 1, 6)]
        wanted[drawn(number)] = Wanted(drawn(number), after, people.askers(number) // 5)
    return wanted


def flooded(batches: int) -> list[timedelta]:
    """Two times of each batch, one after the other."""
    return [timedelta(days=2 + number, minutes=minutes) for number in range(batches) for minutes in (0, 30)]


def _is_worker(program: programs.Program) -> bool:
    return program.name in programs.WORKERS


def _ports() -> Mapping[str, str]:
    return {name: str(free_port()) for name in settings.PORTS}


def _empty(folder: Path) -> None:
    """What an earlier proof left there goes; a folder that is something else is not touched."""
    processes.end_leftovers(str(folder))
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise SystemExit(f"{folder} is not empty and no folder of a proof: give another one with --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
