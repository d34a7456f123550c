"""The ways between the services and their servers: small TCP relays in a process of their own, spoilt on command.

`pass`; `cut`: connections are reset and none is taken; `slow`: everything arrives 300 ms late; `half-open`: what is
asked arrives and the answer does not, and such a connection is never good again; `stall`: nothing moves either way,
and all of it arrives when the way is free again, as after an outage that the kernel's repeats have bridged.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from tests.ports import free_port

MODES = ("pass", "cut", "slow", "half-open", "stall")
DELAY_SECONDS = 0.3
CHUNK = 65_536


class Network:
    """The relays, as the proof sees them."""

    def __init__(self, log: Path) -> None:
        self._lock = threading.Lock()
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.network"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("ab"),
            text=True,
            start_new_session=True,
        )

    def open(self, name: str, to: int) -> int:
        """The port on 127.0.0.1 that leads to this one."""
        port = free_port()
        self._tell({"way": name, "port": port, "to": to})
        return port

    def become(self, name: str, mode: str) -> None:
        self._tell({"way": name, "mode": mode})

    def close(self) -> None:
        """It ends with its input."""
        self._program.communicate(timeout=20)

    def _tell(self, told: dict[str, object]) -> None:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        with self._lock:
            self._program.stdin.write(json.dumps(told) + "\n")
            self._program.stdin.flush()
            answer = self._program.stdout.readline()
        if answer != "ok\n":
            raise RuntimeError(f"network: {told} -> {answer!r}")


class Way:
    def __init__(self, port: int, to: int) -> None:
        self.port, self.to, self.mode = port, to, "pass"
        self._free = asyncio.Event()
        self._free.set()
        self._server: asyncio.Server | None = None
        self._open: set[Connection] = set()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, backlog=512)

    async def become(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(mode)
        before, self.mode = self.mode, mode
        self._free.clear() if mode == "stall" else self._free.set()
        if mode == "cut" and self._server:
            self._server.close()
            self._server = None
            self.reset()
        elif mode == "half-open":
            for one in self._open:
                one.spoilt = True
        elif before == "half-open":
            self.reset(spoilt=True)
        if mode != "cut" and self._server is None:
            await self.listen()

    def reset(self, spoilt: bool = False) -> None:
        for one in [one for one in self._open if one.spoilt or not spoilt]:
            one.reset()

    async def passage(self) -> None:
        """Waits as long as what goes this way has to."""
        if self.mode == "slow":
            late = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(DELAY_SECONDS, late.set_result, None)
            await late
        await self._free.wait()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            _reset(writer)
            return
        connection = Connection(self, writer, there[1])
        connection.spoilt = self.mode == "half-open"
        self._open.add(connection)
        try:
            await asyncio.gather(connection.carry(reader, there[1], True), connection.carry(there[0], writer, False))
        finally:
            self._open.discard(connection)
            connection.reset()


class Connection:
    def __init__(self, way: Way, *ends: asyncio.StreamWriter) -> None:
        self.way, self.ends, self.spoilt = way, ends, False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asking: bool) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self.way.passage()
                if self.spoilt and not asking:
                    continue
                writer.write(chunk)
                await writer.drain()
            if not self.spoilt:
                writer.write_eof()
        except OSError:
            self.reset()

    def reset(self) -> None:
        for writer in self.ends:
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closed so that the other end is told at once."""
    taken = writer.get_extra_info("socket")
    if taken is not None and not writer.transport.is_closing():
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _obey() -> None:
    ways: dict[str, Way] = {}
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        told = json.loads(line)
        if "to" in told:
            ways[told["way"]] = Way(told["port"], told["to"])
            await ways[told["way"]].listen()
        else:
            await ways[told["way"]].become(told["mode"])
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(_obey())
