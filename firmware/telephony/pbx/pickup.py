"""Pickup: a call that rings elsewhere is answered here. Knows no telephone."""

from collections.abc import Callable, Sequence

from firmware.telephony.events import Caller, Cause
from firmware.telephony.extension import Extension
from firmware.telephony.legs import Leg
from firmware.telephony.pbx.call import Call
from firmware.telephony.seams import Dialled


def is_meant(target: str, rung: Extension, picker: Extension | None) -> bool:
    """Whether a pickup dialled as `201`, `group.NAME` or `any` means this extension.

    `any` means one's own pickup group; who is in none may take what rings anywhere.
    """
    if target == "any":
        own = picker.pickup_group if picker else ""
        return not own or rung.pickup_group == own
    if target.startswith("group."):
        return bool(rung.pickup_group) and rung.pickup_group == target.removeprefix("group.")
    return rung.number == target


class Pickup:
    """Takes over what rings, the oldest call first."""

    def __init__(
        self,
        *,
        calls: Callable[[], Sequence[Call]],
        profile: Callable[[str], Extension | None],
        fail: Callable[[Call, Cause], None],
    ) -> None:
        self._calls = calls
        self._profile = profile
        self._fail = fail

    def pick(self, call: Call, dialled: Dialled) -> None:
        """The caller of `call` talks with whoever rings there; congestion where nobody does."""
        found = next((other for other in self._calls() if other is not call and self._rings(other, dialled)), None)
        if found is None or len(call.parties) != 1 or not dialled.origin.extension:
            self._fail(call, Cause.UNREACHABLE)
            return
        found.chronicle.happened(f"picked-up:{dialled.origin.extension}")
        hand_over(call, found, dialled.origin.caller)

    def _rings(self, call: Call, dialled: Dialled) -> bool:
        if call.offering is None or call.is_emergency or call.state != "ringing":
            return False
        return any(self._is_meant(leg, dialled) for leg in call.offering.legs)

    def _is_meant(self, leg: Leg, dialled: Dialled) -> bool:
        rung = (self._profile(leg.extension) or Extension(leg.extension)) if leg.extension else None
        return rung is not None and is_meant(dialled.destination.value, rung, dialled.extension)


def hand_over(call: Call, to: Call, caller: Caller) -> None:
    """The one party of `call` talks in `to` from now on; `call` is no call of its own."""
    leg = call.parties[0]
    was_answered = call.is_answered(leg)
    is_holder = call.take(leg)
    call.chronicle.drop()
    to.admit(leg, caller, is_holder=is_holder, is_answered=was_answered)
    to.chronicle.answered(leg)
    if call.way_back is not None:
        call.way_back.report(200)
    call.finish(Cause.NORMAL)
