"""Which features the box has, in the order in which they are asked. A feature more is a line more here."""

from collections.abc import Callable

from firmware.gateway.present import Present
from firmware.telephony.events import Destination
from firmware.telephony.feature_parts import Change
from firmware.telephony.features.anonymous_rejection import AnonymousRejection
from firmware.telephony.features.call_return import CallReturn
from firmware.telephony.features.call_waiting import CallWaiting
from firmware.telephony.features.caller_lists import CallerLists
from firmware.telephony.features.distinctive_ring import DistinctiveRing
from firmware.telephony.features.do_not_disturb import DoNotDisturb
from firmware.telephony.features.forwards import Forwards
from firmware.telephony.features.groups import Groups
from firmware.telephony.features.history import History
from firmware.telephony.features.hotline import Hotline
from firmware.telephony.features.intercom import Intercom
from firmware.telephony.features.parking import Parking
from firmware.telephony.features.pickup import Pickup
from firmware.telephony.features.redial import Redial
from firmware.telephony.features.speed_dials import SpeedDials
from firmware.telephony.features.wake_up import WakeUp
from firmware.telephony.features.withhold_number import WithholdNumber
from firmware.telephony.numbering import numbers
from firmware.telephony.numbering.numbers import Home
from firmware.telephony.seams import Feature


def features(
    *,
    present: Callable[[], Present],
    change: Change,
    resolve: Callable[[str], Destination | None],
    history: History,
    wake_up: WakeUp,
) -> list[Feature]:
    """Codes first; then who turns callers away, before who sends them elsewhere. `history` sees what is left."""

    def international(number: str) -> str:
        return numbers.to_e164(number, Home.of(present().country))

    return [
        WithholdNumber(change=change, resolve=resolve),
        CallWaiting(change=change, resolve=resolve),
        SpeedDials(change=change, resolve=resolve),
        Redial(history=history),
        CallReturn(history=history),
        Pickup(),
        Parking(),
        Intercom(),
        Groups(),
        Hotline(change=change, resolve=resolve),
        wake_up,
        CallerLists(change=change, history=history, international=international),
        AnonymousRejection(change=change),
        Forwards(change=change, resolve=resolve),
        DoNotDisturb(change=change),
        DistinctiveRing(change=change, history=history, international=international),
        history,
    ]
