"""What the commands around backups are told besides the service's own settings."""

from dataclasses import dataclass, field
from pathlib import Path

from environs import FileAwareEnv

from shared import sealed
from shared.retention import Contradiction, Retention


@dataclass(frozen=True)
class Told:
    folder: Path
    keys: sealed.Keys = field(repr=False)
    days: int = 14
    hours: float = 24

    @classmethod
    def read(cls, env: FileAwareEnv, retention: Retention) -> "Told":
        """Raises EnvError, ValueError naming the variable."""
        days, hours = env.int("BACKUP_DAYS", cls.days), env.float("BACKUP_HOURS", cls.hours)
        if days < 1 or hours <= 0:
            raise ValueError("BACKUP_DAYS must be at least 1 day, BACKUP_HOURS more than 0")
        if days > retention.kafka_days:
            raise Contradiction(
                f"BACKUP_DAYS ({days}) must not exceed KAFKA_RETENTION_DAYS ({retention.kafka_days}): what was "
                "announced after a backup is read back from Kafka"
            )
        try:
            keys = sealed.Keys.parse(env.str("BACKUP_KEYS"))
        except ValueError as error:
            raise ValueError(f"BACKUP_KEYS: {error}") from None
        return cls(Path(env.str("BACKUP_FOLDER")), keys, days, hours)
