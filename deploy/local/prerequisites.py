"""What the machine must have before anything can start; each lack with the line that ends it."""

import ctypes
import platform
import socket
from collections.abc import Mapping
from pathlib import Path

from deploy.local.parts import Part

LIBRARIES = {  # what the mongod of the wheel is linked with -> the Debian and Ubuntu package
    "libcurl.so.4": "libcurl4",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


def lacking(parts: list[Part], settings: Mapping[str, str]) -> list[str]:
    """What is missing, in words; nothing when all is well."""
    found = _machine() if any(part.name == "mongod" for part in parts) else []
    return found + _ports(parts, settings)


def _machine() -> list[str]:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return [
            "The local database and broker need Linux on x86-64. Give servers elsewhere instead: "
            "BOOKING_MONGO_URI, REFERRALS_MONGO_URI, NOTIFICATIONS_MONGO_URI and KAFKA_BOOTSTRAP_SERVERS."
        ]
    found = []
    if " avx " not in Path("/proc/cpuinfo").read_text().replace("\n", " "):
        found.append(
            "This processor has no AVX, which MongoDB needs. Give databases elsewhere instead: "
            "BOOKING_MONGO_URI, REFERRALS_MONGO_URI and NOTIFICATIONS_MONGO_URI."
        )
    packages = sorted({package for library, package in LIBRARIES.items() if not _loads(library)})
    if packages:
        found.append(f"MongoDB needs: sudo apt-get install -y {' '.join(packages)}")
    return found


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _ports(parts: list[Part], settings: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    owners: dict[int, str] = {}
    for name in (name for part in parts for name in part.ports):
        port = int(settings[name])
        if port in owners:
            found.append(f"{name} and {owners[port]} are both {port}: give one of them another.")
        elif not _free(port):
            found.append(f"Port {port} is taken: run `make run {name}={_another(port)}`.")
        owners[port] = name
    return found


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _another(port: int) -> int:
    return next(other for other in range(port + 100, 65000, 100) if _free(other))
