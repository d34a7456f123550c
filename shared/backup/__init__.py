"""A service's database kept elsewhere, as it was seconds ago, and brought back from there.

A backup is a folder: a *snapshot*, every document as it was at one instant, and behind it the *changes*, copied from
then on every few seconds. What is restored is the snapshot with the changes in their order, to the end of a
transaction: a state that the database was in.

*Files* (files.py) are BSON, compressed, sealed with a key that is used for nothing else. Each is bound to the backup's
name and to its own number in it, so that one that is cut, altered, missing, or stands in another's place is told. It is
written under another name, brought to the disk, and renamed: who dies in between leaves what is not looked at. What was
taken away from the end of the changes cannot be told: a backup says until when it reaches.

*What is left out*: signs of life, samples and leases, which are of the moment; and where the consumer stands is copied
with the snapshot only, since to read again is always right (inbox) and the changes would be little else.

*After a restore* (since.py) the service has forgotten what it announced since. Kafka has not: its own topics are read
back, so that no number of a case is given twice and the archive is whole; what a compacted topic says is taken over, an
erasure is done again; and of each other case it is told what was announced and is no more in the database (`restored`
among what is gone). Others' events since are read again.
"""

from shared.backup.files import Backup, Broken, InUse
from shared.backup.following import Follower
from shared.backup.keeping import Summary, check, furthest, opened, prune, there
from shared.backup.restoring import Refused, Service, restore
from shared.backup.settings import Told
from shared.backup.snapshot import NothingThere, TooLong, take

__all__ = [
    "Backup",
    "Broken",
    "Follower",
    "InUse",
    "NothingThere",
    "Refused",
    "Service",
    "Summary",
    "Told",
    "TooLong",
    "check",
    "furthest",
    "opened",
    "prune",
    "restore",
    "take",
    "there",
]
