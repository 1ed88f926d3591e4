"""What the exchange lets people hear who make no tones themselves: music, tones, spoken words. Plays nothing itself."""

from collections.abc import Sequence
from typing import Any, Protocol

from firmware.countries import Tone, ToneStep
from firmware.telephony.legs import Leg, LegEvents


class Sounds(Protocol):
    """Media to be joined with legs. Each returns the same medium until it is no longer joined; None is silence."""

    def music(self) -> Any | None:
        """Music on hold."""
        ...

    def tone(self, name: str) -> Any | None:
        """A tone of the country, by its name in the profile."""
        ...

    def announcement(self, prompts: Sequence[str], events: LegEvents) -> Leg:
        """A leg that answers when offered, says `prompts` (none: the confirmation tone), and ends.

        Raises LookupError where there is none.
        """
        ...


class Silence:
    """Nothing is heard; as `Sounds`."""

    def music(self) -> Any | None:
        """Silence."""
        return None

    def tone(self, name: str) -> Any | None:
        """Silence."""
        return None

    def announcement(self, prompts: Sequence[str], events: LegEvents) -> Leg:
        """There is none."""
        raise LookupError("nothing can be announced")


_NOTE_MS = 450
_LEVEL_DBM0 = -24.0  # well below speech, so that whoever comes back is heard at once
_CHORDS = ((262.0, 330.0, 392.0), (220.0, 262.0, 330.0), (175.0, 220.0, 262.0), (196.0, 247.0, 294.0))


def melody() -> Tone:
    """The music that the box plays by itself: four broken chords, round and round."""
    order = (0, 1, 2, 1)
    steps = [ToneStep(_NOTE_MS, (chord[0], chord[note] * 2), _LEVEL_DBM0) for chord in _CHORDS for note in order]
    return Tone(tuple(steps), 0)
