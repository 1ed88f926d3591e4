"""Sounds of the box leave the engine's bridge without being asked for a frame while they are destroyed."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import EngineBridge, Source
from firmware.telephony.media.tones import Rendered
from firmware.telephony.sip.engine import Engine, EngineOptions

SILENCE = Rendered(bytes(16_000), 0)


class Counting(Source):
    """Knows how often it was asked."""

    asked = 0

    def onFrameRequested(self, frame: object) -> None:
        self.asked += 1
        super().onFrameRequested(frame)


@pytest.fixture
def loop() -> Iterator[CallLoop]:
    engine = Engine(EngineOptions())
    engine.start()
    loop = CallLoop(poll=engine.poll)
    yield loop
    gc.collect()
    engine.stop()


def test_a_sound_that_is_detached_is_asked_no_more_though_it_is_still_connected(loop: CallLoop) -> None:
    source, listener = Counting("said", SILENCE), Source("listener", SILENCE)
    EngineBridge().join(source, listener)
    loop.run_until(lambda: source.asked > 3, 5.0)
    assert source.asked > 3
    source.detach()
    asked = source.asked
    other = Counting("other", SILENCE)
    EngineBridge().join(other, listener)
    loop.run_until(lambda: other.asked > 10, 5.0)  # the bridge went on meanwhile
    assert other.asked > 10
    assert source.asked == asked


def test_sounds_are_dropped_by_the_thousand_while_the_bridge_runs() -> None:
    """Each right after it was parted, or without that, as when a caller hangs up. In a process that may crash."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.support.dropped_sounds", "120"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
