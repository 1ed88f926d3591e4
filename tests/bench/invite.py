"""How soon a dialled number leaves."""

from pathlib import Path

from tests.bench import scene
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.support.waiting import until

INVITE = Measure(
    "last digit to INVITE",
    "ms",
    "from the first sample of the last digit's tone (70 ms long) to the INVITE's arrival at the far end, by the "
    "kernel's stamp; the number is complete by the digit map",
)
_OFF_MS = 70
_TONE_MS = 70


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Dial, and hang up as soon as the far end knows."""
    values, far, phone = [], home.far, home.box.phone(1)
    far.set_answering(False)
    for _ in range(times):
        before = far.last_id()
        phone.lift()
        phone.wait_tone("dial")
        dialled = phone.do("dial", digits=scene.NUMBER, on_ms=_TONE_MS, off_ms=_OFF_MS)
        until(lambda before=before: far.last_id() != before, 10, "the INVITE")  # type: ignore[misc]
        begun = dialled["ended_at"] - (_TONE_MS + _OFF_MS) / 1000
        values.append((far.wait("invite") - begun) * 1000)
        scene.hang_up(home.box, 1)
    far.set_answering(True)
    return [Figure(INVITE, tuple(values))]
