"""What a person calls a tone: frequencies and cadence to a name, for the US, the UK and Germany. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToneName:
    """A tone of a country. An empty cadence is a steady tone; times in ms, on first."""

    name: str
    countries: str
    hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()


# ITU-T E.180 suppl. 2; US: GR-506; UK: BT SIN 350; DE: 1 TR 110
TONES = (
    ToneName("dial", "US UK", (350, 440)),
    ToneName("dial", "DE", (425,)),
    ToneName("ringback", "US", (440, 480), (2000, 4000)),
    ToneName("ringback", "UK", (400, 450), (400, 200, 400, 2000)),
    ToneName("ringback", "DE", (425,), (1000, 4000)),
    ToneName("busy", "US", (480, 620), (500, 500)),
    ToneName("busy", "UK", (400,), (375, 375)),
    ToneName("busy", "DE", (425,), (480, 480)),
    ToneName("congestion", "US", (480, 620), (250, 250)),
    ToneName("congestion", "UK", (400,), (400, 350, 225, 525)),
    ToneName("congestion", "DE", (425,), (240, 240)),
    ToneName("stutter-dial", "US UK", (350, 440), (100, 100)),
    ToneName("unobtainable", "UK", (400,)),
    ToneName("howler", "US", (1400, 2060, 2450, 2600), (100, 100)),
    ToneName("call-waiting", "US", (440,), (300, 10000)),
    ToneName("call-waiting", "UK", (400,), (100, 4000)),
    ToneName("call-waiting", "DE", (425,), (200, 200, 200, 5000)),
)
_TOLERANCE_MS = 30
_TOLERANCE = 0.1
_STEADY_MS = 1150  # after a stutter, on for longer than any burst whose frequencies a steady tone shares


def name_of(hz: tuple[int, ...], done_ms: Sequence[int], current_ms: int, is_on: bool) -> tuple[str, str]:
    """The name and its countries, or two empty strings when none, or more than one, fits so far.

    `done_ms`: completed on and off times in turn; the current one has lasted `current_ms` so far.
    """
    fitting = [tone for tone in TONES if tone.hz == hz and _fits(tone, done_ms, current_ms, is_on)]
    names = {tone.name for tone in fitting}
    if len(names) != 1:
        return "", ""
    return fitting[0].name, " ".join(tone.countries for tone in fitting)


def _fits(tone: ToneName, done_ms: Sequence[int], current_ms: int, is_on: bool) -> bool:
    if not tone.cadence_ms:
        return is_on and (not done_ms or current_ms >= _STEADY_MS)
    times = (*done_ms, current_ms)
    cycle = tone.cadence_ms
    # the current time is an "on" at an even place of the cycle, an "off" at an odd one
    ends = [place for place in range(len(cycle)) if (place % 2 == 0) == is_on]
    return any(_matches(times, cycle, end) for end in ends)


def _matches(times: Sequence[int], cycle: Sequence[int], end: int) -> bool:
    """Whether the times, back from place `end` of the cycle, are the cycle's; first and last may be cut."""
    for back, time_ms in enumerate(reversed(times)):
        nominal = cycle[(end - back) % len(cycle)]
        slack = max(_TOLERANCE_MS, _TOLERANCE * nominal)
        if time_ms > nominal + slack:
            return False
        if 0 < back < len(times) - 1 and time_ms < nominal - slack:
            return False
    return True
