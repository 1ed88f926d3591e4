"""How soon a lifted telephone hears dial tone."""

from pathlib import Path

from tests.bench.measure import Figure, Measure
from tests.bench.scene import put_down
from tests.bench.sites import Home

DIAL_TONE = Measure(
    "dial tone after lifting",
    "ms",
    "from the hook's closing to the first sample of the tone in the ear, by the adapter's sample clock",
    goal=100,
)


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """Lift and hang up."""
    values = []
    phone = home.box.phone(1)
    for _ in range(times):
        phone.lift()
        phone.wait_tone("dial")
        state = phone.state
        values.append((state["first_tone_at"] - state["lifted_at"]) * 1000)
        put_down(home.box, 1)
    return [Figure(DIAL_TONE, tuple(values))]
