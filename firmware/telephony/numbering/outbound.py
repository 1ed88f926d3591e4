"""Calls that go out: number, fence and routes in one answer, on the call thread. Knows no trunk and no settings."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firmware.telephony.events import Cause
from firmware.telephony.extension import USUAL_PERMISSIONS, Extension
from firmware.telephony.numbering import fence, numbers, routes
from firmware.telephony.numbering.ledger import MARK_S, Ledger, Moment
from firmware.telephony.numbering.numbers import Home, Number, NumberClass
from firmware.telephony.numbering.routes import OutboundRoute, TrunkTry
from firmware.telephony.seams import Refuse
from firmware.telephony.summary import Origin

__all__ = ["Charge", "Outbound", "OutsideRequest", "OutsideWay", "start_warming"]

_LOG = logging.getLogger(__name__)

_REFUSALS_MAX = 50  # what a page shows
_SAVE_IDLE_S = 900.0  # without calls only time goes by: spares the card, and a power cut costs a quarter of an hour


@dataclass(frozen=True, slots=True)
class OutsideRequest:
    """Somebody wants a number outside.

    `extension` is charged and its permissions count: the caller's, or the one's whose forward, transfer or call-back
    it is. Without one it is refused, unless `is_by_route`: an inbound route itself names the number.
    """

    number: str
    origin: Origin
    extension: Extension | None
    is_by_route: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """What `Outbound.ended` wants back; of no other use."""

    reserved: int
    extension: str


@dataclass(frozen=True, slots=True)
class OutsideWay:
    """It may go out: by these trunks in order, for `max_s` after the answer (None: as long as they like)."""

    tries: tuple[TrunkTry, ...]
    max_s: float | None
    charge: Charge | None


class Outbound:
    """Judges every call that leaves the house.

    What it is told by callables may change between calls: policy with country, routes, and the trunks in their default
    order. `save` gets the state for JSON and only hands it on: it must not wait and not raise; nor must `on_refused`,
    which is told who asked (extension or trunk) and why not in words without numbers.
    """

    def __init__(
        self,
        *,
        policy: Callable[[], fence.Policy],
        routes: Callable[[], Sequence[OutboundRoute]],
        trunks: Callable[[], Sequence[str]],
        moment: Callable[[], Moment],
        save: Callable[[dict[str, Any]], None],
        saved: Mapping[str, Any] | None = None,
        on_refused: Callable[[str, str], None] = lambda who, words: None,
    ) -> None:
        self._policy = policy
        self._routes = routes
        self._trunks = trunks
        self._moment = moment
        self._save = save
        self._on_refused = on_refused
        self._ledger = Ledger(saved, moment())
        self._refusals: deque[dict[str, Any]] = deque(maxlen=_REFUSALS_MAX)
        self._saved_at_s = self._moment().up_s
        if saved:
            self._store()  # calls that were cut off are charged once

    def judge(self, request: OutsideRequest) -> OutsideWay | Refuse:
        """May this call go out, and which way? Whoever gets a way tells `ended`, whatever becomes of the call."""
        policy = self._policy()
        number = numbers.read(request.number, policy.home)
        if number is None:
            words = f"not a number: 1 to {numbers.NUMBER_MAX} digits, * and #, with a leading + at most"
            return self._refuse(request, Cause.INVALID_NUMBER, words)
        moment = self._moment()
        spending = self._ledger.spending(moment, number.e164 or number.dialled)
        verdict = fence.judge(policy, spending, fence.Request(number, _permissions(request)))
        if isinstance(verdict, fence.Denied):
            return self._refuse(request, Cause.BARRED, verdict.words)
        tries = self._tries(request, number, policy.home)
        if not tries:
            return self._refuse(request, Cause.NO_ROUTE, "no trunk takes this number")
        if number.kind is NumberClass.EMERGENCY:
            return OutsideWay(tries, None, None)
        reserved = self._ledger.reserve(moment, number.e164 or number.dialled, verdict)
        self._store()
        return OutsideWay(tries, verdict.max_s, Charge(reserved, _payer(request)))

    def emergency(self, number: str, trunks: Sequence[str]) -> tuple[TrunkTry, ...]:
        """Which way an emergency call goes by each of these trunks. It is never judged and never counted."""
        return routes.emergency(self._routes(), number, self._policy().home, trunks)

    def ended(self, charge: Charge | None, seconds: float) -> None:
        """The call is over; `seconds` since the answer, 0 where nobody answered. Once too often does no harm."""
        if charge is not None:
            self._ledger.settle(self._moment(), charge.reserved, seconds)
            self._store()

    def tick(self) -> None:
        """To be called at least every `MARK_S`: stores how long calls are up, and how time goes by."""
        moment = self._moment()
        forgotten = self._ledger.settle_forgotten(moment)
        if forgotten:
            _LOG.error("%d outside calls never ended for the fence; they are charged in full", forgotten)
        is_due = moment.up_s - self._saved_at_s >= (MARK_S / 2 if self._ledger.calls_up else _SAVE_IDLE_S)
        if forgotten or (is_due and not self._ledger.is_blank):
            self._store()

    def readable(self) -> dict[str, Any]:
        """What was spent, with what calls now up may still use, and the last refusals, the latest first."""
        policy = self._policy()
        spending = self._ledger.spending(self._moment())
        return {
            "calls_up": self._ledger.calls_up,
            "hour_calls": spending.hour_calls,
            "hour_calls_max": policy.hour_calls_max,
            "day_minutes": spending.day_minutes,
            "day_minutes_max": policy.day_minutes_max,
            "day_money": spending.day_money / fence.MONEY_UNITS,
            "day_money_max": policy.day_money_max / fence.MONEY_UNITS,
            "refusals": list(self._refusals),
        }

    def _tries(self, request: OutsideRequest, number: Number, home: Home) -> tuple[TrunkTry, ...]:
        is_withheld = request.extension is not None and request.extension.is_number_withheld
        found = routes.outbound(self._routes(), number, home, self._trunks())
        only = request.origin.only_trunk
        return tuple(replace(way, is_withheld=is_withheld) for way in found if only in ("", way.trunk))

    def _refuse(self, request: OutsideRequest, cause: Cause, words: str) -> Refuse:
        payer = _payer(request)
        self._refusals.appendleft(
            {
                "at": self._moment().wall_s,
                "extension": payer,
                "trunk": request.origin.trunk,
                "number": _printable(request.number),
                "words": words,
            }
        )
        who = payer or request.origin.trunk or "nobody"
        _LOG.warning("refused an outside call of %s: %s", who, words)
        self._on_refused(who, words)
        return Refuse(cause, words)

    def _store(self) -> None:
        self._saved_at_s = self._moment().up_s
        self._save(self._ledger.state())


def start_warming(home: Home) -> threading.Thread:
    """Loads the numbering plans beside the start, so that neither the start nor the first call waits for them."""
    thread = threading.Thread(target=numbers.warm_up, args=(home,), name="numbers", daemon=True)
    thread.start()
    return thread


def _permissions(request: OutsideRequest) -> frozenset[str] | None:
    if request.extension is not None:
        return request.extension.permissions
    # Who may change routes may send calls out by them; what costs extra they may not.
    return USUAL_PERMISSIONS if request.is_by_route else None


def _payer(request: OutsideRequest) -> str:
    return request.extension.number if request.extension is not None else ""


def _printable(number: str) -> str:
    """A refused number for people: it may be anything, of any length."""
    return "".join(mark if mark.isascii() and mark.isprintable() else "?" for mark in number[: numbers.NUMBER_MAX])
