"""Wake-up calls as they are made: whose time it is, and the call itself. Call thread only."""

from collections.abc import Callable
from datetime import datetime

from firmware.gateway.present import Present
from firmware.telephony.announcer import AnnouncerLeg
from firmware.telephony.events import Caller, Destination
from firmware.telephony.feature_parts import Change
from firmware.telephony.features.wake_up import WakeUp
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.tones import Rendered
from firmware.telephony.pbx.exchange import Exchange
from firmware.telephony.summary import Origin

_LOOK_S = 10.0
_SOUNDS_S = 60.0  # long enough to be found in the dark
_BYTES_A_SECOND = 16_000


class Waking:
    """Looks at the clock, and rings."""

    def __init__(
        self,
        *,
        loop: CallLoop,
        present: Callable[[], Present],
        exchange: Callable[[], Exchange],
        change: Change,
        music: Callable[[], Rendered],
    ) -> None:
        self._loop = loop
        self._exchange = exchange
        self._music = music
        self.feature = WakeUp(change=change, times=lambda: present().wake_up_times, originate=self._ring)

    def start(self) -> None:
        """Look at the clock from now on."""
        self.feature.due(datetime.now().astimezone())
        self._loop.call_later(_LOOK_S, self.start)

    def _ring(self, extension: str, done: Callable[[bool], None]) -> None:
        leg = AnnouncerLeg("wake-up call", loop=self._loop, sound=self._melody, on_over=done)
        origin = Origin(Caller("", "Wake-up call"), address="wake-up")
        leg.events = self._exchange().originate(leg, Destination("extension", extension), origin)

    def _melody(self) -> Rendered:
        sound = self._music()
        times = round(_SOUNDS_S * _BYTES_A_SECOND / len(sound.pcm)) or 1
        return Rendered(sound.pcm * times, None)
