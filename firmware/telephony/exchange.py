"""The PBX core: takes calls from legs, finds who is called, counts voice channels. Knows no SIP and no line."""

import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.telephony.call import Attempt, Bridge, Call
from firmware.telephony.events import Caller, Cause, Destination
from firmware.telephony.legs import Leg
from firmware.telephony.loop import CallLoop

_LOG = logging.getLogger(__name__)


class Directory(Protocol):
    """Who answers to a destination."""

    def attempts(self, destination: Destination, calling: Leg) -> Sequence[Attempt] | Cause:
        """What to try, in order; or why nothing can be."""
        ...


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """What the settings say of all calls."""

    voice_channels: int = 2
    no_answer_s: float = 60.0


class Exchange:
    """All calls of the box. Every method belongs to the call thread."""

    def __init__(
        self,
        *,
        loop: CallLoop,
        bridge: Bridge,
        directory: Directory,
        limits: Callable[[], ExchangeLimits],
        on_change: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._bridge = bridge
        self._directory = directory
        self._limits = limits
        self._on_change = on_change
        self._numbers = itertools.count(1)
        self._calls: dict[int, Call] = {}

    @property
    def calls(self) -> list[Call]:
        """Calls that are up, oldest first."""
        return list(self._calls.values())

    @property
    def channels_used(self) -> int:
        """Voice channels in use; an emergency call is never counted."""
        return sum(call.destination.kind != "emergency" for call in self._calls.values())

    def originate(self, leg: Leg, destination: Destination, caller: Caller) -> Call:
        """Start a call from `leg`. What goes wrong reaches `leg.end`, never the one who asks."""
        self._loop.check_thread()
        limits = self._limits()
        call = Call(
            next(self._numbers),
            leg,
            destination,
            caller,
            loop=self._loop,
            bridge=self._bridge,
            no_answer_s=limits.no_answer_s,
            on_change=self._changed,
        )
        has_channel = destination.kind == "emergency" or self.channels_used < limits.voice_channels
        found = self._directory.attempts(destination, leg) if has_channel else Cause.NO_CHANNEL
        self._calls[call.number] = call
        # Later, so that the leg knows its call before the call speaks to it.
        self._loop.post(lambda: call.refuse(found) if isinstance(found, Cause) else call.start(found))
        return call

    def end_all(self, cause: Cause) -> None:
        """End every call, as at shutdown."""
        for call in self.calls:
            call.refuse(cause)

    def _changed(self, call: Call) -> None:
        if call.is_over and self._calls.pop(call.number, None) is not None:
            words = call.cause.facts.words if call.cause else ""
            _LOG.info("call %d to %s ended: %s", call.number, call.destination.kind, words)
        self._on_change()
