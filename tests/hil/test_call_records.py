"""What is written down of each kind of call of a whole box: one record for a call, and nothing left over after it."""

import subprocess
from collections.abc import Iterator

import pytest

from firmware.records import CallRecord
from tests.support.box import Box, Refused
from tests.support.call_kinds import Expected, Kind, record
from tests.support.exchange_scenes import UK, Scene, arranged, last_key, records, rest, written_since
from tests.support.more_call_kinds import KINDS
from tests.support.scenes import kill_gateway
from tests.support.waiting import until

ROUNDING_S = 1.0
# Who hangs up is seen after 0.4 s; on a machine that is busy with more than telephones, later.
SEEN_S = 1.5
TRIES = 2
SETTINGS = UK | {"extensions/103": {}, "extensions/104": {}}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_call_is_written_down_once_as_it_was(box: Box, kind: Kind) -> None:
    for tries_left in reversed(range(TRIES)):  # a machine that has too much to do tears digits to pieces
        key, scene = last_key(box), Scene(box)
        with arranged(box, kind.settings):
            try:
                kind.play(scene)
                scene.all_down()
            except AssertionError:
                if not tries_left:
                    raise
                rest(box)
                continue
            finally:
                plugged_in(box)
            rest(box)
        written = written_since(box, key, len(kind.expected))
        assert [seen(call, like) for call, like in zip(written, kind.expected, strict=False)] == list(kind.expected)
        assert len(written) == len(kind.expected), [call.dialled for call in written]
        for call in written:
            assert_paid_for(call, scene)
        return


def test_a_call_that_was_up_when_the_power_failed_is_written_down_as_interrupted(box: Box) -> None:
    key, scene = last_key(box), Scene(box)
    scene.connect()
    scene.talk(1.2)
    dead = kill_gateway(box)
    until(lambda: box_is_back(box), 20, f"another gateway than {dead}")
    rest(box)
    expected = record("extension:102", by="102", cause="INTERRUPTED", state="interrupted")
    (call,) = written_since(box, key, 1)
    assert seen(call, expected) == expected
    assert call.answered_at and call.ended_at and call.answered_at <= call.ended_at


def test_the_calls_of_a_number_are_forgotten_by_command_and_those_of_others_stay(box: Box) -> None:
    scene = Scene(box)
    for digits in ("102", "103"):
        scene.dial(1, digits)
        until(lambda digits=digits: destinations(box).count(digits), 10, f"a call of {digits} is known")  # type: ignore[misc]
        scene.hang_up(1)
        rest(box)
    kept = last_key(box)  # a call of 103, which nobody has
    assert twinline(box, "calls", "--forget", "1" * 65).returncode == 1
    forgotten = twinline(box, "calls", "--forget", "102")
    assert (forgotten.returncode, forgotten.stderr) == (0, "")
    until(lambda: "102" not in destinations(box), 10, "nothing is known of 102")
    assert last_key(box) == kept and destinations(box)[0] == "103"
    assert "no calls" in twinline(box, "calls", "--number", "102").stderr


def twinline(box: Box, *words: str) -> subprocess.CompletedProcess[str]:
    """What a person types."""
    return subprocess.run(box.command(*words), capture_output=True, text=True, timeout=60, check=False)


def destinations(box: Box) -> list[str]:
    """Whom the calls were for, the latest first."""
    return [call.destination_number for call in records(box).page(limit=100).calls]


def seen(call: CallRecord, like: Expected) -> Expected:
    """The record's fields that are expected to be something."""
    found = {"is_answered": call.answered_at is not None, "is_linked": bool(call.linked)}
    return {name: found[name] if name in found else getattr(call, name) for name in like}


def assert_paid_for(call: CallRecord, scene: Scene) -> None:
    """Billed is what was talked, in whole seconds."""
    assert call.ended_at is not None and call.ended_at >= call.started_at and call.utc_offset_s % 900 == 0
    talked_s = 0.0 if call.answered_at is None else call.ended_at - call.answered_at
    assert abs(call.billed_s - talked_s) <= ROUNDING_S
    assert call.billed_s <= scene.talked_s + SEEN_S + ROUNDING_S or not scene.answered_at


@pytest.fixture(autouse=True)
def _leaves_nothing(box: Box) -> Iterator[None]:
    yield
    rest(box)
    assert "Traceback" not in box.log


def plugged_in(box: Box) -> None:
    """The adapter is there again."""
    if box.line("fxs1")["state"] == "lost":
        box.simulator.call("adapter.plug")
        until(box.is_ready, 15, "the adapter is back")


def box_is_back(box: Box) -> bool:
    """The new gateway has found its lines."""
    try:
        return box.is_ready()
    except (Refused, OSError):
        return False
