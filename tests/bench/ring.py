"""How soon a telephone rings when the trunk is called."""

from pathlib import Path

from tests.bench import scene
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home

RING = Measure(
    "INVITE to ring command",
    "ms",
    "from the INVITE's leaving the far end to the begin of ringing at the telephone, by the adapter's sample clock",
)


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Call the box and give up."""
    values, box, far = [], home.box, home.far
    for _ in range(times):
        call_id = scene.call_in(box, far)
        started = box.phone(1).state["ring_started_at"]
        values.append((started - far.stamps(call_id)["invite"]) * 1000)
        box.phone(1).lift()
        far.wait("answered", call_id)
        far.hang_up()
        scene.hang_up(box, 1)
    return [Figure(RING, tuple(values))]
