"""When the status is drawn anew: at once, soon after a change, and now and then without one."""

import time
from collections.abc import Callable
from typing import Any

from firmware.gateway.snapshots import Snapshots
from firmware.telephony.loop import CallLoop


class Scene:
    """A status that counts how often it was drawn, and notes of what was told when."""

    def __init__(self) -> None:
        self.loop = CallLoop()
        self.told: list[tuple[float, dict[str, Any]]] = []
        self.drawn = 0
        self.while_drawing: Callable[[], None] = lambda: None
        self.snapshots = Snapshots(self.loop, draw=self._draw, tell=self._tell)

    def _draw(self) -> dict[str, Any]:
        self.drawn += 1
        self.while_drawing()
        return {"drawn": self.drawn}

    def _tell(self, status: dict[str, Any]) -> None:
        self.told.append((time.monotonic(), status))

    def until_told(self, times: int) -> None:
        assert self.loop.run_until(lambda: len(self.told) >= times, 5)


def test_the_first_is_there_before_anybody_can_ask() -> None:
    scene = Scene()
    scene.snapshots.start()
    assert scene.snapshots.latest == {"drawn": 1}
    assert [status for _, status in scene.told] == [{"drawn": 1}]


def test_many_changes_at_once_are_one_snapshot_a_little_later() -> None:
    scene = Scene()
    began = time.monotonic()
    for _ in range(100):
        scene.snapshots.changed()
    assert not scene.told
    scene.until_told(1)
    assert scene.told[0][0] - began >= 0.2
    scene.loop.run_until(lambda: False, 0.3)
    assert scene.drawn == 1


def test_without_any_change_it_is_drawn_anew_all_the_same() -> None:
    scene = Scene()
    scene.snapshots.start()
    scene.until_told(3)
    assert scene.snapshots.latest == {"drawn": 3}
    assert scene.told[2][0] - scene.told[1][0] >= 0.9


def test_a_change_while_it_is_drawn_is_in_the_next_one() -> None:
    scene = Scene()

    def change_once() -> None:
        if scene.drawn == 1:
            scene.snapshots.changed()

    scene.while_drawing = change_once
    scene.snapshots.changed()
    scene.until_told(2)
    assert scene.snapshots.latest == {"drawn": 2}
