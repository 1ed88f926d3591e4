"""What the exchange is told from outside: who answers to a destination, which features are asked, what is the limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from firmware.telephony.events import Cause, Destination
from firmware.telephony.extension import Extension
from firmware.telephony.pbx.attempts import Attempt
from firmware.telephony.seams import Dialled, Seams
from firmware.telephony.summary import Origin


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """What the settings say of all calls.

    `emergency`: the country's numbers. `park_s`: how long before a parked call rings whoever parked it.
    `is_conference_kept`: the two others go on talking when the telephone that joined them hangs up.
    """

    voice_channels: int = 2
    no_answer_s: float = 60.0
    park_s: float = 120.0
    is_conference_kept: bool = False
    emergency: frozenset[str] = frozenset()


class Directory(Protocol):
    """Who answers to a destination."""

    def attempts(self, destination: Destination, dialled: Dialled) -> Sequence[Attempt] | Cause:
        """What to try, in order; or why nothing can be. Of an emergency: every trunk there is, busy ones too."""
        ...

    def extension(self, number: str) -> Extension | None:
        """What is set for the extension, None where there is none."""
        ...

    def when_full(self, origin: Origin) -> Destination | None:
        """Where a call from outside goes that finds no voice channel."""
        ...

    def otherwise(self, destination: Destination) -> Destination | None:
        """Where a call goes that none of a group took."""
        ...

    def dialled(self, number: str) -> Destination | Cause:
        """Where the whole of a dialled number leads."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All of it; `limits` gives those that count now."""

    directory: Directory
    limits: Callable[[], ExchangeLimits]
    seams: Seams = field(default_factory=Seams)
