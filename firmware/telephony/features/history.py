"""Whom each extension called last, who called it and whom it missed. In memory; records fill it after a start."""

from collections import OrderedDict
from typing import TypeVar

from firmware.telephony.events import Caller, Destination
from firmware.telephony.feature_parts import LastCaller
from firmware.telephony.numbering.code_names import ONCE
from firmware.telephony.seams import Feature, Offer, OfferVerdict
from firmware.telephony.summary import CallSummary

_EXTENSIONS_MAX = 10_000  # as many as settings hold
_REPEATED_KINDS = ("extension", "number", "group")
_REPEATED_CODES = ONCE | {"speed-dial"}

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class History(Feature):
    """Last of the features: it is only told of offers that none before it turned away."""

    name = "history"

    def __init__(self) -> None:
        self._called: OrderedDict[str, Destination] = OrderedDict()
        self._callers: OrderedDict[str, LastCaller] = OrderedDict()

    def last_called(self, extension: str) -> Destination | None:
        """What it dialled last: an extension, a group, a number, or a code that calls one."""
        return self._called.get(extension)

    def last_caller(self, extension: str) -> LastCaller | None:
        """Who called it last, answered or not."""
        return self._callers.get(extension)

    def remember(
        self,
        extension: str,
        *,
        called: Destination | None = None,
        caller: Caller | None = None,
        caller_extension: str = "",
    ) -> None:
        """What records know of an extension's last calls."""
        if called is not None:
            _put(self._called, extension, called, _EXTENSIONS_MAX)
        if caller is not None:
            _put(self._callers, extension, LastCaller(caller, caller_extension), _EXTENSIONS_MAX)

    def on_offer(self, offer: Offer) -> OfferVerdict:
        """It rings there."""
        extension, origin = offer.extension.number, offer.origin
        _put(self._callers, extension, LastCaller(origin.caller, origin.extension), _EXTENSIONS_MAX)
        return None

    def on_ended(self, call: CallSummary) -> None:
        """What the caller may dial again."""
        is_repeated = call.dialled.kind in _REPEATED_KINDS
        if call.dialled.kind == "code":
            is_repeated = call.dialled.value.partition(".")[0] in _REPEATED_CODES
        if call.origin.extension and is_repeated:
            _put(self._called, call.origin.extension, call.dialled, _EXTENSIONS_MAX)


def _put(table: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > most:
        table.popitem(last=False)
