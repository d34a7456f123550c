"""Makes the local mongod ready: replica set, administrator, a database per service with two users, one of them for its
backup. Repeatable."""

import os

from deploy import replica_set
from deploy.local import settings


def main() -> None:
    port, password = int(os.environ["MONGO_PORT"]), os.environ["MONGO_ADMIN_PASSWORD"]
    replica_set.set_up(port, password)
    admin = replica_set.uri(port, replica_set.ADMIN, password)
    for service in settings.SERVICES:
        name = service.upper()
        replica_set.ensure_user(admin, service, service, os.environ[f"{name}_MONGO_PASSWORD"])
        copies, password = f"{service}-backup", os.environ[f"{name}_MONGO_BACKUP_PASSWORD"]
        replica_set.ensure_user(admin, service, copies, password, replica_set.COPIES)


if __name__ == "__main__":
    main()
