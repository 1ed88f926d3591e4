"""How a country's telephone exchange behaves on a subscriber's line, as plain values. Knows no line."""

from dataclasses import dataclass
from functools import cache

from firmware.dsp.spandsp import tones
from firmware.fxs.profile import CallerIdScheme


@dataclass(frozen=True, slots=True)
class Supervisory:
    """A tone: frequencies at `dbm0` each; on/off times in ms, on first, empty for a steady tone."""

    hz: tuple[float, ...]
    dbm0: float
    cadence_ms: tuple[int, ...] = ()

    def cycle(self) -> bytes:
        """One turn of it as 16-bit 8 kHz audio, to be repeated. A steady one is whole turns of whole Hz."""
        return _cycle(self)


@dataclass(frozen=True, slots=True)
class Manners:
    """Tones, ringing, caller ID, and the flash of the telephones sold there."""

    dial: Supervisory
    ringback: Supervisory
    busy: Supervisory
    ring_cadence_ms: tuple[int, ...]
    caller_id: CallerIdScheme
    flash_ms: int


@cache
def _cycle(tone: Supervisory) -> bytes:
    if not tone.cadence_ms:
        return tones(tone.hz, tone.dbm0, 1000)
    parts = [
        tones(tone.hz, tone.dbm0, ms) if place % 2 == 0 else bytes(16 * ms) for place, ms in enumerate(tone.cadence_ms)
    ]
    return b"".join(parts)


# Tones and cadences: ITU-T E.180 suppl. 2. Levels: GR-506 (US), SIN 350 (UK), 1 TR 110 (DE), rounded.
MANNERS = {
    "US": Manners(
        dial=Supervisory((350, 440), -13),
        ringback=Supervisory((440, 480), -19, (2000, 4000)),
        busy=Supervisory((480, 620), -24, (500, 500)),
        ring_cadence_ms=(2000, 4000),
        caller_id=CallerIdScheme.BELLCORE_FSK,
        flash_ms=500,
    ),
    "UK": Manners(
        dial=Supervisory((350, 440), -18),
        ringback=Supervisory((400, 450), -18, (400, 200, 400, 2000)),
        busy=Supervisory((400,), -18, (375, 375)),
        ring_cadence_ms=(400, 200, 400, 2000),
        caller_id=CallerIdScheme.SIN227,
        flash_ms=100,
    ),
    "DE": Manners(
        dial=Supervisory((425,), -16),
        ringback=Supervisory((425,), -16, (1000, 4000)),
        busy=Supervisory((425,), -16, (480, 480)),
        ring_cadence_ms=(1000, 4000),
        caller_id=CallerIdScheme.ETSI_FSK_DURING_RINGING,
        flash_ms=100,
    ),
}
