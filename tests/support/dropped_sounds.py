"""A program: sounds are dropped at every instant of the bridge's beat. Prints what Python complained of; may crash."""

import sys
import threading
import time

from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import EngineBridge, Source
from firmware.telephony.media.tones import Rendered
from firmware.telephony.sip.engine import Engine, EngineOptions

_SILENCE = Rendered(bytes(16_000), 0)
_AT_ONCE = 20


def main(turns: int) -> None:
    """Each turn joins sounds to a listener, parts most of them, and drops them, each turn a bit later in the beat."""
    faults: list[str] = []
    threading.excepthook = lambda args: faults.append(str(args.exc_value))
    sys.unraisablehook = lambda args: faults.append(str(args.exc_value))
    engine = Engine(EngineOptions())
    engine.start()
    loop = CallLoop(poll=engine.poll)
    bridge, listener = EngineBridge(), Source("listener", _SILENCE)
    for turn in range(turns):
        _come_and_go(loop, bridge, listener, turn)
    loop.run_until(lambda: False, 0.2)
    print(faults)
    del listener
    engine.stop()


def _come_and_go(loop: CallLoop, bridge: EngineBridge, listener: Source, turn: int) -> None:
    sounds = [Source("said", _SILENCE) for _ in range(_AT_ONCE)]
    for sound in sounds:
        bridge.join(sound, listener)
    loop.run_until(lambda: False, 0.03)
    for sound in sounds if turn % 3 else ():
        bridge.part(sound, listener)
    until = time.monotonic() + turn % 15 * 0.0007
    while time.monotonic() < until:  # busy, as a call thread is that does something else
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
