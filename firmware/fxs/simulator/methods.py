"""What the simulator's control socket offers. Checks what comes from outside; the doing is the parties'."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from firmware.control import Refused
from firmware.fxs.simulator.doings import Doing, Listener, Recording
from firmware.fxs.simulator.line_state import HangUp
from firmware.fxs.simulator.party import Party
from firmware.fxs.simulator.simulator import Simulator
from firmware.fxs.simulator.telephone import PulseDialling, ToneDialling
from firmware.fxs.simulator.wav import check_writable, read_wav, write_wav

_LOG = logging.getLogger(__name__)

_TEXT_MAX = 64  # of a number or name: what caller ID carries, with room to see it cut

Json = dict[str, object]


class Methods:
    """Each takes the lock only as long as it changes something; waiting happens outside it."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def table(self) -> dict[str, Callable[..., object]]:
        """Methods by their name on the socket."""
        return {
            "phone.lift": self.phone_lift,
            "phone.hang_up": self.phone_hang_up,
            "phone.flash": self.phone_flash,
            "phone.dial": self.phone_dial,
            "phone.play": self.phone_play,
            "phone.record": self.phone_record,
            "phone.state": self.phone_state,
            "phone.listen": self.phone_listen,
            "phone.stop": self.phone_stop,
            "line.ring": self.line_ring,
            "line.stop": self.line_stop,
            "line.answer": self.line_answer,
            "line.hang_up": self.line_hang_up,
            "line.break": self.line_break,
            "line.play": self.line_play,
            "line.record": self.line_record,
            "line.state": self.line_state,
            "line.listen": self.line_listen,
            "fault.set": self.fault_set,
            "adapter.unplug": self.adapter_unplug,
            "adapter.plug": self.adapter_plug,
            "state": self.state,
            "ping": self.ping,
        }

    # ---- telephones ------------------------------------------------------------------------------------

    def phone_lift(self, number: int) -> Json:
        """Lift the handset; the answer is the telephone's state."""
        with self._acting():
            self._simulator.adapter.telephone(number).lift()
        return self.phone_state(number)

    def phone_hang_up(self, number: int) -> Json:
        """Put the handset down."""
        with self._acting():
            self._simulator.adapter.telephone(number).hang_up()
        return self.phone_state(number)

    def phone_flash(self, number: int, ms: float | None = None, background: bool = False) -> Json:
        """Open the loop for `ms` (None: as telephones of the switched country do)."""
        with self._acting():
            own_ms = self._simulator.adapter.telephone(number).flash_ms
            doing = self._simulator.adapter.telephone(number).flash(own_ms if ms is None else _real("ms", ms))
        return self._after(doing, background)

    def phone_dial(
        self,
        number: int,
        digits: str,
        pulse: bool = False,
        background: bool = False,
        **timing: float,
    ) -> Json:
        """Dial; `timing` is ToneDialling's (on_ms, off_ms, dbm0, twist_db) or PulseDialling's."""
        values = {name: _real(name, value) for name, value in timing.items()}
        try:
            how = PulseDialling(**values) if pulse else ToneDialling(**values)  # type: ignore[arg-type]
        except TypeError:
            kind = "pulses" if pulse else "tones"
            raise Refused(f"{kind} have no such timing: {', '.join(timing)}") from None
        with self._acting():
            doing = self._simulator.adapter.telephone(number).dial(str(digits), how)
        return self._after(doing, background)

    def phone_play(self, number: int, path: str, background: bool = False) -> Json:
        """Speak a WAV file into the handset."""
        return self._play(self._find_phone(number), path, background)

    def phone_record(self, number: int, seconds: float, path: str, background: bool = False) -> Json:
        """Write what the ear hears to a WAV file; in the background, the file comes when it is over."""
        return self._record(self._find_phone(number), seconds, path, background)

    def phone_state(self, number: int) -> Json:
        """Everything that can be seen and heard of a telephone."""
        with self._acting():
            return self._simulator.adapter.telephone(number).state()

    def phone_listen(self, number: int) -> Iterator[str | None]:
        """What the ear hears, live: base64 of 16-bit LE 8 kHz blocks of 20 ms."""
        return self._listen(self._find_phone(number))

    def phone_stop(self, number: int) -> None:
        """Stop playing and recording."""
        with self._acting():
            self._simulator.adapter.telephone(number).stop()

    # ---- outside lines ---------------------------------------------------------------------------------

    def line_ring(self, number: int, from_: str = "", name: str = "") -> Json:
        """Somebody calls from outside; `from_` may be "withheld". Without both no caller ID is sent."""
        with self._acting():
            self._simulator.adapter.line(number).ring(_text("from", from_), _text("name", name))
        return self.line_state(number)

    def line_stop(self, number: int) -> Json:
        """The caller gives up; also stops playing and recording."""
        with self._acting():
            self._simulator.adapter.line(number).stop()
        return self.line_state(number)

    def line_answer(self, number: int) -> Json:
        """The far end answers what the box dialled."""
        with self._acting():
            self._simulator.adapter.line(number).answer()
        return self.line_state(number)

    def line_hang_up(self, number: int, how: str = "none") -> Json:
        """The far end hangs up: none, cpc, busy-tone or polarity."""
        ways = {way.value: way for way in HangUp}
        if how not in ways:
            raise Refused(f"the far end hangs up by {', '.join(ways)}, not {how!r}")
        with self._acting():
            self._simulator.adapter.line(number).hang_up(ways[how])
        return self.line_state(number)

    def line_break(self, number: int, ms: float = 50) -> Json:
        """The exchange breaks the loop for a moment, as it does when it switches."""
        with self._acting():
            self._simulator.adapter.line(number).break_loop(_real("ms", ms))
        return self.line_state(number)

    def line_play(self, number: int, path: str, background: bool = False) -> Json:
        """The far end says a WAV file."""
        return self._play(self._find_line(number), path, background)

    def line_record(self, number: int, seconds: float, path: str, background: bool = False) -> Json:
        """Write what the far end hears to a WAV file."""
        return self._record(self._find_line(number), seconds, path, background)

    def line_state(self, number: int) -> Json:
        """Everything that the exchange and the far end know."""
        with self._acting():
            return self._simulator.adapter.line(number).state()

    def line_listen(self, number: int) -> Iterator[str | None]:
        """What the far end hears, live."""
        return self._listen(self._find_line(number))

    # ---- the adapter -----------------------------------------------------------------------------------

    def fault_set(self, **switches: object) -> Json:
        """Set switches (docs/simulator.md); the answer has all of them."""
        with self._acting():
            return asdict(self._simulator.switch(switches))

    def adapter_unplug(self) -> None:
        """Pull the plug."""
        self.fault_set(unplugged=True)

    def adapter_plug(self) -> None:
        """Put it back."""
        self.fault_set(unplugged=False)

    def state(self) -> Json:
        """Everything."""
        with self._acting():
            return self._simulator.state()

    def ping(self) -> str:
        """Whether it is there."""
        return "pong"

    # ---- help ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _acting(self) -> Iterator[None]:
        """Hold the lock, at the present moment, and let the simulator's thread look again afterwards."""
        with self._simulator.lock:
            self._simulator.catch_up()
            yield
        self._simulator.wake()

    def _find_phone(self, number: int) -> Party:
        return self._simulator.adapter.telephone(number)

    def _find_line(self, number: int) -> Party:
        return self._simulator.adapter.line(number)

    def _play(self, party: Party, path: str, background: bool) -> Json:
        pcm = read_wav(Path(path))
        if not pcm:
            raise Refused(f"{path} holds no sound")
        with self._acting():
            doing = party.play(pcm)
        return self._after(doing, background)

    def _record(self, party: Party, seconds: float, path: str, background: bool) -> Json:
        check_writable(Path(path))
        with self._acting():
            recording = party.record(_real("seconds", seconds))
        if background:
            task = (recording, Path(path))
            threading.Thread(target=_write_when_over, args=task, name="sim-recording", daemon=True).start()
            return self._after(recording, background)
        report = self._after(recording, background)
        write_wav(Path(path), recording.pcm)
        return report

    def _listen(self, party: Party) -> Iterator[str | None]:
        with self._acting():
            listener: Listener = party.listen()
        try:
            yield from listener.blocks()
        finally:
            listener.stop()

    def _after(self, doing: Doing, background: bool) -> Json:
        if not background:
            doing.wait()
        with self._simulator.lock:
            ends_at = self._simulator.clock.time_of(doing.end)
        return {"started_at": doing.started_at, "ended_at": ends_at}


def _write_when_over(recording: Recording, path: Path) -> None:
    try:
        recording.wait()
        write_wav(path, recording.pcm)
    except Refused as refusal:  # nobody waits for it any more
        _LOG.warning("recording: %s", refusal)


def _real(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Refused(f"{name} is a number, not {value!r}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_MAX:
        raise Refused(f"{name} is a text of at most {_TEXT_MAX} characters")
    return value
