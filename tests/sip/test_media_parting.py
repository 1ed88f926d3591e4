"""Sounds of the box leave the engine's bridge without being destroyed under a thread that asks them for a frame."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import EngineBridge, Source
from firmware.telephony.media.tones import Rendered
from firmware.telephony.sip.engine import Engine, EngineOptions

SILENCE = Rendered(bytes(16_000), 0)


@pytest.fixture
def loop() -> Iterator[CallLoop]:
    engine = Engine(EngineOptions())
    engine.start()
    loop = CallLoop(poll=engine.poll)
    yield loop
    gc.collect()
    engine.stop()


def test_a_sound_outlives_its_parting_by_some_ticks_and_no_more(loop: CallLoop) -> None:
    bridge = EngineBridge(loop)
    source, listener = Source("said", SILENCE), Source("listener", SILENCE)
    bridge.join(source, listener)
    alive = weakref.ref(source)
    bridge.part(source, listener)
    del source
    assert alive() is not None
    loop.run_until(lambda: alive() is None, 2.0)
    assert alive() is None


def test_hundreds_of_sounds_come_and_go_while_the_bridge_runs(loop: CallLoop) -> None:
    """Each is dropped right after it was parted, as an announcement is whose caller hangs up."""
    faults: list[object] = []
    before, threading.excepthook = threading.excepthook, faults.append
    try:
        bridge, listener = EngineBridge(loop), Source("listener", SILENCE)
        for _ in range(40):
            sounds = [Source("said", SILENCE) for _ in range(20)]
            for sound in sounds:
                bridge.join(sound, listener)
            loop.run_until(lambda: False, 0.03)
            for sound in sounds:
                bridge.part(sound, listener)
            del sound, sounds
        loop.run_until(lambda: False, 0.5)
    finally:
        threading.excepthook = before
    assert faults == []
