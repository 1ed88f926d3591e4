"""A telephone's display and message lamp: decodes what the line tells it. Knows no scheme's timing."""

from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass

from firmware.dsp.spandsp import CallerIdReceiver
from firmware.fxs.callerid.messages import BadMessage, parse, parse_lamp
from firmware.fxs.callerid.sound import DtmfCallerReceiver
from firmware.fxs.line import Caller
from firmware.fxs.simulator.clock import LineClock, samples_of
from firmware.fxs.simulator.spectrum import sine_hz

_MARK_HZ = {"bell202": 1200, "v23": 1300}  # each receiver understands the other modem too, but for its mark
_QUIET = samples_of(500)  # a message has no pause; after so long the receivers start afresh
_SAME_CALL = samples_of(8000)  # a message this long before the first burst belongs to the ringing


@dataclass(frozen=True, slots=True)
class _Shown:
    caller: Caller
    date_and_time: str
    modem: str
    sample: int


class Display:
    """Shows the last caller until the next call. Hears both modems and digits, as no country is set in it."""

    def __init__(self) -> None:
        self._shown: _Shown | None = None
        self.is_lamp_lit: bool | None = None  # None: it was never told
        self._receivers: dict[str, CallerIdReceiver] = {}
        self._digits: DtmfCallerReceiver | None = None
        self._quiet_for = 0
        self._modem = ""

    @property
    def shown_at(self) -> int | None:
        """The sample of what is shown."""
        return None if self._shown is None else self._shown.sample

    def expect(self, sample: int) -> None:
        """A new ringing begins: what was shown for an earlier call goes."""
        if self._shown is not None and sample - self._shown.sample > _SAME_CALL:
            self._shown = None

    def hear(self, start: int, pcm: bytes) -> None:
        """Audio of the line. Costs next to nothing while it is silent."""
        if pcm.count(0) == len(pcm):
            self._quiet_for += len(pcm) // 2
            if self._quiet_for > _QUIET:
                self._receivers = {}
                self._digits = None
                return
        else:
            self._quiet_for = 0
            if not self._receivers:
                self._receivers = {name: CallerIdReceiver(name) for name in _MARK_HZ}
                self._digits = DtmfCallerReceiver()
            self._look_for_mark(pcm)
        for receiver in self._receivers.values():
            for message in receiver.feed(pcm):
                self._take(message, start)
        if self._digits is not None:
            for caller in self._digits.feed(pcm):
                self._shown = _Shown(caller, "", "dtmf", start)

    def _look_for_mark(self, pcm: bytes) -> None:
        hz = sine_hz(array("h", pcm))
        for name, mark_hz in _MARK_HZ.items():
            if hz is not None and abs(hz - mark_hz) < 40:
                self._modem = name

    def _take(self, message: bytes, sample: int) -> None:
        with suppress(BadMessage):
            self._show(message, sample)
        with suppress(BadMessage):
            self.is_lamp_lit = parse_lamp(message)

    def _show(self, message: bytes, sample: int) -> None:
        heard = parse(message)
        self._shown = _Shown(heard.caller, heard.date_and_time, self._modem, sample)

    def state(self, clock: LineClock) -> dict[str, object] | None:
        """Who, when by the sender's clock, by which modem, heard when (monotonic s); None: nothing."""
        if self._shown is None:
            return None
        return {
            **asdict(self._shown.caller),
            "date_and_time": self._shown.date_and_time,
            "modem": self._shown.modem,
            "heard_at": clock.time_of(self._shown.sample),
        }
