"""What everybody who registers an account needs of SIP, as one thing to hand on. Knows no account."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from firmware.telephony.loop import CallLoop
from firmware.telephony.sip.engine import Engine
from firmware.telephony.sip.targets import Lookup
from firmware.telephony.sip.transports import Transports


@dataclass(frozen=True, slots=True)
class Stack:
    """The engine with its transports, what finds servers, and the thread on which all of it lives."""

    engine: Engine
    transports: Transports
    lookup: Lookup
    loop: CallLoop

    @classmethod
    def on(cls, engine: Engine, loop: CallLoop, nameservers: Callable[[], Sequence[str]]) -> Self:
        """The one of a gateway; `nameservers` as `Lookup` takes them."""
        return cls(engine, Transports(engine), Lookup(nameservers), loop)
