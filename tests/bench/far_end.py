"""A far end that answers, calls, speaks and listens, with a stamp on everything that goes or comes."""

import base64
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firmware.control import ControlClient
from tests.bench.far_rtp import PACKET_SAMPLES
from tests.bench.ulaw import decode_ulaw, encode_ulaw
from tests.support.network import free_port, loopback_address
from tests.support.process import Program
from tests.support.sound import Samples
from tests.support.waiting import until

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came in, without holes: samples by RTP time stamp, and when each packet of them arrived (NaN: never)."""

    samples: Samples
    arrived: NDArray[np.float64]


class FarEnd:
    """One telephone elsewhere in the world at `place`, one call at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = loopback_address()
        self._port = free_port(self.address, 4)  # SIP; from the third on RTP
        path = folder / "far.sock"
        arguments = [str(path), self.address, str(self._port), str(self._port + 2)]
        command = [sys.executable, "-m", "tests.bench.far_process", *arguments]
        self._program = Program(command, folder / "far.log", folder=_ROOT)
        self._control = ControlClient(path, timeout_s=60)
        self._path = path

    @property
    def place(self) -> str:
        """`address:port` of its SIP."""
        return f"{self.address}:{self._port}"

    def start(self) -> Self:
        """Start; it can be called then."""
        self._program.start()
        self._program.wait_until_ready(self._path.exists)
        return self

    def stop(self) -> None:
        """End it."""
        self._control.close()
        self._program.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- calls -----------------------------------------------------------------------------------------

    def set_answering(self, is_on: bool) -> None:
        """Whether it answers at once (as it does from the start), or only rings."""
        self._control.call("set_answering", is_on=is_on)

    def register(self, user: str, password: str, place: tuple[str, int]) -> None:
        """Be this IP telephone at the registrar there from now on."""

        def is_registered() -> bool:
            self._control.call("register", user=user, password=password, address=place[0], port=place[1])
            with suppress(AssertionError):
                until(lambda: self._control.call("is_registered"), 0.5, "an answer")
            return bool(self._control.call("is_registered"))

        until(is_registered, 10, f"{user} is registered")

    def call(self, user: str, address: str, port: int) -> str:
        """Call; returns the call's id. `stamps` tell the rest."""
        return str(self._control.call("call", user=user, address=address, port=port))

    def hang_up(self) -> None:
        """End the newest call."""
        self._control.call("hang_up")

    def last_id(self) -> str:
        """The newest call's id; empty before the first."""
        call = self._last_call()
        return str(call["id"]) if call else ""

    def stamps(self, call_id: str = "") -> Mapping[str, float]:
        """When what happened (invite, proven, ringing, answered, ack, bye) in the newest call, where it is this one."""
        call = self._last_call()
        return call["stamps"] if call and call_id in ("", call["id"]) else {}

    def wait(self, what: str, call_id: str = "", within_s: float = 15.0) -> float:
        """When it happened in that call; waits for it."""
        until(lambda: what in self.stamps(call_id), within_s, f"the far end's call is at {what!r}")
        return self.stamps(call_id)[what]

    # ---- audio -----------------------------------------------------------------------------------------

    def speak(self, samples: Samples) -> float:
        """Say it, from the next packet on; returns when the first sample is spoken."""
        payload = base64.b64encode(encode_ulaw(samples)).decode()
        return float(self._control.call("speak", payload=payload))  # type: ignore[arg-type]

    def forget(self) -> None:
        """Begin a new record of what comes in."""
        self._control.call("forget")

    def count(self) -> int:
        """Packets that have come since."""
        return int(self._control.call("count"))  # type: ignore[call-overload,no-any-return]

    def digits(self) -> str:
        """RFC 4733 digits that have come since."""
        return str(self._control.call("digits"))

    def late_ms(self) -> float:
        """How late this far end itself sent a packet at the worst: what it adds to the measures."""
        return 1000 * float(self._control.call("lateness"))  # type: ignore[arg-type]

    def heard(self) -> Heard:
        """All that has come since."""
        rows: list[list[Any]] = []
        with self._control.stream("heard") as chunks:
            for chunk in chunks:
                assert isinstance(chunk, list)
                rows += chunk
        return _in_order(rows)

    def _last_call(self) -> dict[str, Any] | None:
        call = self._control.call("last_call")
        return call if isinstance(call, dict) else None


def _in_order(rows: list[list[Any]]) -> Heard:
    """By RTP time stamp; what did not come is silence that arrived at no time."""
    if not rows:
        return Heard(np.zeros(0, np.int16), np.zeros(0))
    # The stamps may wrap; a record is far shorter than half of their range.
    stamps = np.array([row[2] for row in rows], np.int64)
    places = ((stamps - stamps[0] + 2**31) % 2**32 - 2**31) // PACKET_SAMPLES
    places -= places.min()
    samples = np.zeros((int(places.max()) + 1) * PACKET_SAMPLES, np.int16)
    arrived = np.full(int(places.max()) + 1, np.nan)
    for place, (at, _, _, payload) in zip(places.tolist(), rows, strict=True):
        decoded = decode_ulaw(base64.b64decode(payload))[:PACKET_SAMPLES]
        samples[place * PACKET_SAMPLES : place * PACKET_SAMPLES + len(decoded)] = decoded
        arrived[place] = at
    return Heard(samples, arrived)
