"""Makes the local mongod ready: replica set, administrator, a database and a user per service. Repeatable."""

import os

from deploy import replica_set
from deploy.local import settings


def main() -> None:
    port, password = int(os.environ["MONGO_PORT"]), os.environ["MONGO_ADMIN_PASSWORD"]
    replica_set.set_up(port, password)
    admin = replica_set.uri(port, replica_set.ADMIN, password)
    for service in settings.SERVICES:
        replica_set.ensure_user(admin, service, service, os.environ[f"{service.upper()}_MONGO_PASSWORD"])


if __name__ == "__main__":
    main()
