"""How soon the two sides of an answered call hear each other."""

from pathlib import Path

import numpy as np

from tests.bench import scene
from tests.bench.far_end import FarEnd, Heard
from tests.bench.far_rtp import PACKET_SAMPLES
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.support.box import Box
from tests.support.sound import fingerprint
from tests.support.waiting import until

TO_FAR = Measure(
    "answer to first audio at the far end",
    "ms",
    "from lifting the ringing telephone, whose user speaks at once, to the arrival of the first packet with that voice",
)
TO_EAR = Measure(
    "answer to first audio in the ear",
    "ms",
    "from lifting the ringing telephone to the first sample of the far end's voice, which speaks from the answer on",
)
_SPEECH = fingerprint(1, 4.0)
_LOUD = 300  # root mean square: far above a room's noise, far below the voice


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Call in, lift, both speak."""
    figures: list[tuple[float, float]] = []
    for _ in range(times):
        figures.append(_answer(home.box, home.far, folder))
        home.far.hang_up()
        scene.hang_up(home.box, 1)
    up, down = zip(*figures, strict=True)
    return [Figure(TO_FAR, up), Figure(TO_EAR, down)]


def _answer(box: Box, far: FarEnd, folder: Path) -> tuple[float, float]:
    phone = box.phone(1)
    call_id = scene.call_in(box, far)
    far.forget()
    far.speak(_SPEECH)  # to nobody until there is somebody
    phone.lift()
    phone.play(_SPEECH, folder)
    far.wait("answered", call_id)
    until(lambda: phone.state["first_tone_at"], 10, "sound in the ear")
    state = phone.state
    until(lambda: _first_loud(far.heard()), 10, "sound at the far end")
    return (_first_loud(far.heard()) - state["lifted_at"]) * 1000, (state["first_tone_at"] - state["lifted_at"]) * 1000


def _first_loud(heard: Heard) -> float:
    """When the first packet with sound in it arrived; 0 when none did."""
    blocks = heard.samples.reshape(-1, PACKET_SAMPLES).astype(np.float64)
    loud = np.nonzero(np.sqrt((blocks**2).mean(axis=1)) > _LOUD)[0] if len(blocks) else np.zeros(0, int)
    return float(heard.arrived[loud[0]]) if len(loud) else 0.0
