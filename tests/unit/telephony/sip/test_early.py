"""When a called side is heard before it answers, and when ringback takes its place."""

import pytest

from firmware.telephony.sip.early import GRACE_S, Early, EarlyState, Rang, Received, Streamed, step

RINGS, HEARD, SILENT = Early.RINGS, Early.HEARD, Early.SILENT
Story = list[tuple[float, Rang | Streamed | Received]]


def told(story: Story) -> list[tuple[float, Early]]:
    """What the call is told, and when."""
    state, said = EarlyState(), []
    for now_s, event in story:
        state, news = step(state, event, now_s)
        said += [(now_s, item) for item in news]
    return said


def asked(since_s: float, until_s: float, packets: int = 0, rate: int = 0) -> Story:
    """The engine is asked ten times a second."""
    times = range(round(since_s * 10), round(until_s * 10))
    return [(tenth / 10, Received(packets + rate * (tenth - times.start + 1))) for tenth in times]


STORIES: dict[str, tuple[Story, list[tuple[float, Early]]]] = {
    "180 alone rings at once": ([(0, Rang())], [(0, RINGS)]),
    "183 that speaks is heard": ([(0, Streamed()), *asked(0.1, 5, rate=5)], [(0, SILENT), (0.1, HEARD)]),
    "183 alone that says nothing stays silent": ([(0, Streamed()), *asked(0.1, 20)], [(0, SILENT)]),
    "180 that has SDP and says nothing rings": (
        [(0, Rang()), (0, Streamed()), *asked(0.1, 5)],
        [(0, RINGS), (0, SILENT)],
    ),
    "SDP and 180 of one message wait": (
        [(0, Streamed()), (0, Rang()), *asked(0.1, 5)],
        [(0, SILENT), (GRACE_S, RINGS)],
    ),
    "180 after a silent 183 rings": ([(0, Streamed()), *asked(0.1, 2), (2, Rang())], [(0, SILENT), (2, RINGS)]),
    "sound after ringback takes its place": (
        [(0, Rang()), (1, Streamed()), *asked(1.1, 3), *asked(3, 4, rate=5)],
        [(0, RINGS), (1, SILENT), (3, HEARD)],
    ),
    "180 beside sound brings no ringback": (
        [(0, Streamed()), *asked(0.1, 2, rate=5), (2, Rang()), *asked(2.1, 4, 95, rate=5)],
        [(0, SILENT), (0.1, HEARD), (2, RINGS)],
    ),
    "180 after sound that stopped rings": (
        [(0, Streamed()), (0.5, Received(9)), *asked(0.6, 3, 9), (3, Rang())],
        [(0, SILENT), (0.5, HEARD), (3, SILENT), (3, RINGS)],
    ),
    "a pause without 180 is a pause": (
        [(0, Streamed()), (0.5, Received(9)), *asked(0.6, 30, 9)],
        [(0, SILENT), (0.5, HEARD)],
    ),
    "a ringback tone sent without its silence is not doubled": (
        [(0, Rang()), (0, Streamed()), (0.5, Received(9)), *asked(0.6, 5.5, 9), (5.5, Received(20))],
        [(0, RINGS), (0, SILENT), (0.5, HEARD)],
    ),
    "a second early dialog is heard as the first": (
        [(0, Streamed()), (0.5, Received(9)), (1, Streamed()), (1.1, Received(12))],
        [(0, SILENT), (0.5, HEARD)],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_early_media(name: str) -> None:
    story, expected = STORIES[name]
    assert told(story) == expected
