"""How many DTMF digits are heard, of digits as telephones send them: loud and faint, twisted, short."""

import random
import time
from pathlib import Path

from firmware.dsp.spandsp import DtmfReceiver
from firmware.dsp.spandsp import dtmf as dtmf_audio
from tests.bench import scene
from tests.bench.far_end import FarEnd
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home

HEARD = Measure(
    "DTMF digits heard of 1,000",
    "digits",
    "the receiver alone; low group -25 to -6 dBm0, high group 8 dB below to 6 dB above it "
    "(ITU-T Q.24, ETSI ES 201 235-3), 45 to 100 ms long and as far apart; "
    "one too many counts against",
    is_more_better=True,
)
THROUGH = Measure(
    "DTMF digits of 100 that arrive as RFC 4733",
    "digits",
    "dialled into the telephone during a call at the same levels and twists, 60 to 100 ms long, and told to the far "
    "end",
    is_more_better=True,
)
_DIGITS = "0123456789*#ABCD"
_BLOCK = 160  # bytes: 10 ms
_COUNT, _COUNT_THROUGH = 1000, 100
_BETWEEN_MS = 150  # an event of RFC 4733 lasts longer than a short tone: faster dialling would queue up
_SETTLED_S = 2.0


def run(home: Home, _: Path, times: int) -> list[Figure]:
    """Each time other digits."""
    alone = tuple(float(_receive(random.Random(seed))) for seed in range(times))
    return [Figure(HEARD, alone), _through(home)]


def _receive(dice: random.Random) -> int:
    """Digits that were heard, when none too many were; else what is left of them."""
    receiver, heard, sent, audio = DtmfReceiver(), "", "", b""
    for _ in range(_COUNT):
        digit, how = dice.choice(_DIGITS), _how(dice, 45)
        sent += digit
        audio += dtmf_audio(digit, **how)  # type: ignore[arg-type]
    for at in range(0, len(audio), _BLOCK):
        heard += "".join(receiver.feed(audio[at : at + _BLOCK]))
    return _in_order(sent, heard)


def _through(home: Home) -> Figure:
    dice = random.Random(1)
    sent = ""
    scene.call_out(home.box, home.far)
    for _ in range(_COUNT_THROUGH):
        digit, how = dice.choice(_DIGITS), _how(dice, 60)
        sent += digit
        home.box.phone(1).do("dial", digits=digit, **(how | {"off_ms": _BETWEEN_MS}))
    heard = _settled(home.far)
    scene.hang_up(home.box, 1)
    return Figure(THROUGH, (float(_in_order(sent, heard)),))


def _settled(far: FarEnd) -> str:
    """The digits that came, once no more of them come."""
    heard, since = far.digits(), time.monotonic()
    while time.monotonic() - since < _SETTLED_S:
        time.sleep(0.05)
        if (now := far.digits()) != heard:
            heard, since = now, time.monotonic()
    return heard


def _how(dice: random.Random, shortest_ms: int) -> dict[str, float]:
    twist_db = dice.uniform(-8, 6)
    return {
        "dbm0": dice.uniform(-25, -6),  # with the most twist, the high group is at 0 dBm0
        "twist_db": twist_db,
        "on_ms": dice.randint(shortest_ms, 100),
        "off_ms": dice.randint(45, 100),
    }


def _in_order(sent: str, heard: str) -> int:
    """Digits of `sent` that are in `heard` in that order, less those in `heard` that nobody sent."""
    row = [0] * (len(heard) + 1)
    for wanted in sent:
        above = 0
        for place, got in enumerate(heard, start=1):
            above, row[place] = row[place], above + 1 if got == wanted else max(row[place], row[place - 1])
    return row[-1] - (len(heard) - row[-1])
