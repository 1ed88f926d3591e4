"""What the exchange lets people hear, as sources on the engine's bridge. Call thread only."""

import threading
from collections.abc import Callable, Sequence
from functools import cached_property

from firmware.telephony.legs import Leg, LegEvents
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.bridge import Source
from firmware.telephony.media.tones import Rendered, render
from firmware.telephony.services import make_announcement
from firmware.telephony.sounds import melody

# Rendering the music takes 60 ms here and ten times that on a Pi Zero: too long for the call thread at the first hold,
# and in nobody's way once the box has come up.
_MUSIC_AFTER_S = 5.0


class EngineSounds:
    """As `sounds.Sounds`. `tone(name)` renders the country's; `confirmation` is one that ends by itself.

    A source that nobody is joined with is not asked for samples: it costs nothing. `close` before the engine stops.
    """

    def __init__(self, *, loop: CallLoop, tone: Callable[[str], Rendered]) -> None:
        self._loop = loop
        self._rendered = tone
        self._tones: dict[str, tuple[Rendered, Source]] = {}
        loop.call_later(_MUSIC_AFTER_S, self._render_music)

    @cached_property
    def _music(self) -> Source:
        return Source("music", render(melody()))

    def music(self) -> Source:
        """Music on hold: one for all who wait."""
        return self._music

    def tone(self, name: str) -> Source:
        """A tone of the country as it is set now."""
        sound = self._rendered(name)
        known = self._tones.get(name)
        if known is None or known[0] is not sound:
            known = self._tones[name] = (sound, Source(name, sound))
        return known[1]

    def announcement(self, prompts: Sequence[str], events: LegEvents) -> Leg:
        """Words of the box, or its confirmation tone."""
        leg = make_announcement(prompts, loop=self._loop, otherwise=lambda: self._rendered("confirmation"))
        leg.events = events
        return leg

    def close(self) -> None:
        """Let go of every source."""
        self._tones.clear()
        self.__dict__.pop("_music", None)

    def _render_music(self) -> None:
        # `render` remembers it: whoever holds first finds it there.
        threading.Thread(target=lambda: render(melody()), name="music", daemon=True).start()
