"""One service's database: opened with its settings, changed in transactions that need no session passed around."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import pymongo
import pymongo.errors
from pymongo import IndexModel, MongoClient, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.settings import Settings

P = ParamSpec("P")
Result = TypeVar("Result")

TRANSACTION_SECONDS = 20  # with all its retries
MOST_COUNTED = 10_000
DUPLICATE_KEY = 11000

_transacting: ContextVar[bool] = ContextVar("transacting", default=False)
_in_order: ContextVar[ClientSession | None] = ContextVar("in_order", default=None)


class ServiceDatabase(Database):
    """A database that knows the settings it was opened with, so that actions reach their keys; and its collections,
    which the driver would make anew each time one is named."""

    def __init__(self, client: MongoClient, name: str, settings: Settings) -> None:
        super().__init__(client, name)
        self.settings = settings
        self._made: dict[str, Collection] = {}

    def __getitem__(self, name: str) -> Collection:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = super().__getitem__(name)
        return made


def open(settings: Settings) -> Database:
    """Connects at the first use. To be called once per process, after any fork."""
    client: MongoClient = MongoClient(
        settings.mongo_uri,
        tz_aware=True,
        uuidRepresentation="standard",
        timeoutMS=8000,
        appname=settings.service,
    )
    return ServiceDatabase(client, client.get_default_database(settings.service).name, settings)


def settings(db: Database) -> Any:
    return cast(ServiceDatabase, db).settings


@contextmanager
def in_order(db: Database) -> Iterator[ClientSession]:
    """What is done inside sees what was done inside before it. So does a transaction, whose snapshot may else be of a
    moment before a write that was just acknowledged. One that is called inside another joins it."""
    joined = _in_order.get()
    if joined:
        yield joined
        return
    with db.client.start_session(causal_consistency=True) as session, session.bind(end_session=False):
        token = _in_order.set(session)
        try:
            yield session
        finally:
            _in_order.reset(token)


def transactional(
    action: Callable[Concatenate[Database, P], Result],
) -> Callable[Concatenate[Database, P], Result]:
    """One transaction around `action(db, …)`; one that is called inside another joins it.

    The session is bound to the context, so plain `db.places.update_one(…)` inside takes part. The driver runs the
    action again after a write conflict or a change of primary: it may touch nothing but the database. All reads see
    one snapshot. A `DuplicateKeyError` must be let through (the server has aborted the transaction); catch it
    outside.
    """

    @functools.wraps(action)
    def run(db: Database, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        if _transacting.get():
            return action(db, *args, **kwargs)
        with in_order(db) as session:
            token = _transacting.set(True)
            try:
                with pymongo.timeout(TRANSACTION_SECONDS):
                    return session.with_transaction(
                        lambda _: action(db, *args, **kwargs),
                        read_concern=ReadConcern("snapshot"),
                        write_concern=WriteConcern("majority"),
                    )
            finally:
                _transacting.reset(token)

    return run


def count_up_to(collection: Collection, matching: dict[str, Any], most: int = MOST_COUNTED) -> int:
    """How many there are, at most `most`, which then means "at least so many": to know how a queue does must not cost
    more the worse it does. To be asked of an index."""
    return collection.count_documents(matching, limit=most)


def in_transaction() -> bool:
    return _transacting.get()


def violated(error: pymongo.errors.BulkWriteError) -> dict[str, Any] | None:
    """The key pattern of the unique index that refused the first write of several; None: it was something else."""
    found = error.details["writeErrors"][0] if error.details["writeErrors"] else {}
    return found["keyPattern"] if found.get("code") == DUPLICATE_KEY else None


def is_transient(error: BaseException) -> bool:
    """True for what lies outside the work at hand: connection, time-out, change of primary, write conflict."""
    if isinstance(error, pymongo.errors.ConnectionFailure):
        return True
    return isinstance(error, pymongo.errors.PyMongoError) and (
        error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("RetryableWriteError")
        or error.has_error_label("UnknownTransactionCommitResult")
    )


def create(db: Database, collections: dict[str, list[IndexModel]]) -> None:
    """Makes collections and their indexes; may run again and beside old code."""
    existing = set(db.list_collection_names())
    for name, indexes in collections.items():
        if name not in existing:
            try:
                db.create_collection(name)
            except pymongo.errors.CollectionInvalid:
                existing.add(name)  # another set-up made it between the two calls
        if indexes:
            db[name].create_indexes(indexes)
