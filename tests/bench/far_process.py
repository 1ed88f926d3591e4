"""A far end as a process of its own, before ordinary ones: its beat must not depend on who measures."""

import base64
import itertools
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from firmware.control import ControlServer
from firmware.priority import ask_for_real_time
from tests.bench.far_login import Login
from tests.bench.far_rtp import FarRtp
from tests.bench.far_sip import FarSip

_CHUNK = 500  # packets: well below a line's cap


class FarProcess:
    """What can be asked of it through its socket."""

    def __init__(self, address: str, sip_port: int, rtp_port: int) -> None:
        self._rtp = FarRtp(address, rtp_port)
        self._sip = FarSip(address, sip_port, rtp_port, self._rtp.aim)

    def last_call(self) -> dict[str, object] | None:
        """The newest call: stamps, status."""
        call = self._sip.last
        if call is None:
            return None
        return {"id": call.call_id, "is_incoming": call.is_incoming, "stamps": call.stamps, "status": call.status}

    def set_answering(self, is_on: bool) -> None:
        """Whether calls are answered at once, or only ring."""
        self._sip.is_answering = is_on

    def register(self, user: str, password: str, address: str, port: int) -> None:
        """Be this IP telephone from now on."""
        self._sip.register(Login(user, password, (address, port)))

    def is_registered(self) -> bool:
        """Whether the registrar took it."""
        return self._sip.is_registered

    def call(self, user: str, address: str, port: int) -> str:
        """Call; returns the call's id."""
        return self._sip.call(user, address, port).call_id

    def hang_up(self) -> None:
        """End the newest call."""
        self._sip.hang_up()

    def speak(self, payload: str) -> float:
        """Say µ-law (base64); returns when its first sample is spoken."""
        return self._rtp.speak(base64.b64decode(payload))

    def forget(self) -> None:
        """Begin new records of what comes in."""
        self._rtp.forget()

    def count(self) -> int:
        """Packets heard."""
        return len(self._rtp.heard)

    def digits(self) -> str:
        """RFC 4733 digits that came."""
        return "".join(self._rtp.digits)

    def lateness(self) -> float:
        """The latest that a packet was sent after it was due, in seconds."""
        return max(self._rtp.late_s, default=0.0)

    def heard(self) -> Iterator[object]:
        """All packets that came: [at, number, stamp, payload] in chunks."""
        packets = iter(list(self._rtp.heard))
        while chunk := list(itertools.islice(packets, _CHUNK)):
            rows = [asdict(packet) | {"payload": base64.b64encode(packet.payload).decode()} for packet in chunk]
            yield [list(row.values()) for row in rows]


def main() -> None:
    """Arguments: socket, address, SIP port, RTP port. Runs until it is ended."""
    ask_for_real_time()
    path, address, sip_port, rtp_port = sys.argv[1:]
    process = FarProcess(address, int(sip_port), int(rtp_port))
    calls = ("register", "is_registered", "last_call", "set_answering", "call", "hang_up")
    names = (*calls, "speak", "forget", "count", "digits", "lateness", "heard")
    server = ControlServer(Path(path), {name: getattr(process, name) for name in names})
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
