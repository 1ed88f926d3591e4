"""A conversation of noises, both ways at once, and how long each took on its way. See delay.py for the figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.far_end import FarEnd, Heard
from tests.bench.far_rtp import PACKET_SAMPLES
from tests.bench.lag import search, spans
from tests.support.box import Box
from tests.support.sound import RATE_HZ, Samples, fingerprint, read_wav
from tests.support.waiting import until

_AFTER_S = 1.0  # what is said last must arrive too
_LONGEST_S = 0.8  # later than that counts as lost


@dataclass(frozen=True, slots=True)
class Delays:
    """One-way delays in ms, and the share of the time in which nothing like what was said was heard."""

    values: tuple[float, ...]
    lost: float


@dataclass(frozen=True, slots=True)
class Talk:
    """Both directions, and what the far end itself was late by."""

    line_to_rtp: Delays
    rtp_to_line: Delays
    far_late_ms: float


def talk(box: Box, far: FarEnd, folder: Path, seconds: float, seed: int = 1) -> Talk:
    """Telephone 1 and the far end, which are connected, both speak for so long."""
    phone = box.phone(1)
    ear = folder / "ear.wav"
    ear.unlink(missing_ok=True)
    said_up, said_down = fingerprint(seed, seconds), fingerprint(seed + 1, seconds)
    far.forget()
    record = phone.do("record", seconds=seconds + _AFTER_S, path=str(ear), background=True)
    up_begun = phone.play(said_up, folder)["started_at"]
    down_begun = far.speak(said_down)
    # The file is written in one go once the recording is over.
    wanted = int((seconds + _AFTER_S) * RATE_HZ)
    until(lambda: ear.exists() and ear.stat().st_size >= 2 * wanted, seconds + 30, "the recording")
    late_ms = far.late_ms()
    up = line_to_rtp(said_up, up_begun, far.heard())
    down = rtp_to_line(said_down, down_begun, read_wav(ear)[0], record["started_at"])
    return Talk(up, down, late_ms)


def line_to_rtp(said: Samples, begun: float, heard: Heard) -> Delays:
    """For each packet: from when its first sample was spoken into the line to its arrival."""
    arrived = heard.arrived
    known = np.nonzero(~np.isnan(arrived))[0]

    def expected(start: int) -> tuple[int, int]:
        spoken = begun + start / RATE_HZ
        packets = known[(arrived[known] >= spoken) & (arrived[known] <= spoken + _LONGEST_S)]
        if not len(packets):
            return 0, 0
        # A packet that arrives after the sample was spoken may have begun before.
        return (int(packets[0]) - 1) * PACKET_SAMPLES, (int(packets[-1]) + 1) * PACKET_SAMPLES

    result = search(said, heard.samples, expected)
    values = []
    for shift, first, last in spans(result.found):
        packets = range(max(0, -(-first // PACKET_SAMPLES)), min(len(arrived), last // PACKET_SAMPLES + 1))
        spoken = (begun + (packet * PACKET_SAMPLES + shift) / RATE_HZ for packet in packets)
        values += [arrived[packet] - at for packet, at in zip(packets, spoken, strict=True)]
    return Delays(_in_ms(values), _share(result.missed, len(result.found)))


def rtp_to_line(said: Samples, begun: float, heard: Samples, started: float) -> Delays:
    """For each window: from when its first sample was spoken at the far end to when it sounded in the ear."""

    def expected(start: int) -> tuple[int, int]:
        place = round((begun - started) * RATE_HZ) + start
        return place, place + int(_LONGEST_S * RATE_HZ)

    result = search(said, heard, expected)
    values = [(started + each.heard / RATE_HZ) - (begun + each.said / RATE_HZ) for each in result.found]
    return Delays(_in_ms(values), _share(result.missed, len(result.found)))


def _in_ms(values: list[float]) -> tuple[float, ...]:
    return tuple(float(value) * 1000 for value in values if not np.isnan(value))


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0
