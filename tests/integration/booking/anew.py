"""One beginning for many tries: made once, put back before each."""

from pymongo.database import Database


class Anew:
    """All that there is, to be put back before each try: those collections that are not as they were."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.rows = {name: list(db[name].find()) for name in db.list_collection_names()}
        self.hashes = self._hashes()

    def begin(self) -> None:
        now = self._hashes()
        for name in (name for name in self.rows if now[name] != self.hashes[name]):
            self.db[name].delete_many({})
            if self.rows[name]:
                self.db[name].insert_many(self.rows[name])

    def _hashes(self) -> dict[str, str]:
        found: dict[str, str] = self.db.command("dbHash")["collections"]
        return found
