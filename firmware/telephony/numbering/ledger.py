"""The fence's ledger: what was spent in the last hour and day, over restarts and clock jumps. Decides; stores nothing.

Time is counted by the clock that nobody can set, the one that runs since the machine started: setting the date changes
nothing. Over a reboot only what surely passed is added: the time since the reboot, or the difference of two dates if
both were synchronised (setting a clock by hand makes it unsynchronised, `adjtimex(2)`). Time that was not proved to
have passed makes no call older, so a limit may hold longer than its window, and never shorter.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.telephony.numbering.fence import Allowed, Spending, Tariff, minutes_of

__all__ = ["MARK_S", "Ledger", "Moment"]

_LOG = logging.getLogger(__name__)

MARK_S = 60.0
"""How often the state of calls that are up is to be stored: one that the power ends is charged so much more."""

_VERSION = 1
_HOUR_S, _HOUR_STEP_S = 3600, 60
_DAY_S, _DAY_STEP_S = 86400, 900  # 96 steps a day; a call counts up to a quarter of an hour longer than it must
_SAME_MAX = 1000  # calls of an hour remembered by number; limits of minutes and money hold all the same
_LOST_S = 3600.0  # longest time from the judgement to the answer, and then some: whoever forgot to settle


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `boot` tells one start of the machine from another, `up_s` passed since; `wall_s` is the date.

    `is_wall_true`: the date was synchronised, and nobody set it since.
    """

    boot: str
    up_s: float
    wall_s: float
    is_wall_true: bool = False


@dataclass(slots=True)
class _Open:
    """A call that is up, or about to be."""

    minutes: int
    tariff: Tariff
    begun_s: float


class Ledger:
    """What calls used up, and what those that are up may still use. `moment` never is earlier than the last one."""

    def __init__(self, saved: Mapping[str, Any] | None, moment: Moment) -> None:
        self._time_s = 0.0  # time that surely passed, since the ledger was begun
        self._last = moment
        self._hour: dict[int, int] = {}  # step -> calls
        self._day: dict[int, tuple[int, int]] = {}  # step -> minutes, money
        self._same: list[tuple[int, str]] = []  # step, number
        self._open: dict[int, _Open] = {}
        self._numbered = 0
        if saved:
            self._restore(saved, moment)

    @property
    def calls_up(self) -> int:
        """Calls that are not settled."""
        return len(self._open)

    @property
    def is_blank(self) -> bool:
        """Nothing is remembered, so nothing has to grow older."""
        return not (self._hour or self._day or self._same or self._open)

    def spending(self, moment: Moment, number: str = "") -> Spending:
        """What is used up now; `number` is whose calls are counted by themselves."""
        self._advance(moment)
        counted = [call for call in self._open.values() if call.tariff.is_counted]
        return Spending(
            hour_calls=sum(self._hour.values()),
            day_minutes=sum(m for m, _ in self._day.values()) + sum(call.minutes for call in counted),
            day_money=sum(m for _, m in self._day.values()) + sum(call.tariff.cost(call.minutes) for call in counted),
            same_number_calls=sum(called == number for _, called in self._same),
        )

    def reserve(self, moment: Moment, number: str, allowed: Allowed) -> int:
        """A call goes out: all that it may use counts as used from now. Returns what `settle` wants."""
        self._advance(moment)
        step = int(self._time_s // _HOUR_STEP_S)
        self._hour[step] = self._hour.get(step, 0) + 1
        if allowed.tariff.is_counted:
            self._same = [*self._same, (step, number)][-_SAME_MAX:]
        self._numbered += 1
        self._open[self._numbered] = _Open(allowed.minutes, allowed.tariff, self._time_s)
        return self._numbered

    def settle(self, moment: Moment, reserved: int, seconds: float) -> None:
        """The call is over after so many seconds (0: nobody answered). A second time says nothing new."""
        self._advance(moment)
        call = self._open.pop(reserved, None)
        if call is not None:
            self._charge(call, minutes_of(seconds))

    def settle_forgotten(self, moment: Moment) -> int:
        """Charges calls that must be over, in full; returns how many. There are none unless something is broken."""
        self._advance(moment)
        forgotten = [n for n, call in self._open.items() if self._age_s(call) > call.minutes * 60 + _LOST_S]
        for reserved in forgotten:
            call = self._open.pop(reserved)
            self._charge(call, call.minutes)
        return len(forgotten)

    def state(self) -> dict[str, Any]:
        """All of it for JSON; with a day full of calls some 40 kB, by the caps above."""
        return {
            "version": _VERSION,
            "time_s": self._time_s,
            "boot": self._last.boot,
            "up_s": self._last.up_s,
            "wall_s": self._last.wall_s,
            "is_wall_true": self._last.is_wall_true,
            "hour": [list(entry) for entry in self._hour.items()],
            "day": [[step, *used] for step, used in self._day.items()],
            "same": [list(entry) for entry in self._same],
            "open": [
                [call.minutes, call.tariff.per_minute, call.tariff.per_call, call.tariff.is_counted, call.begun_s]
                for call in self._open.values()
            ],
        }

    def _advance(self, moment: Moment) -> None:
        self._time_s += _surely_passed_s(self._last, moment)
        self._last = moment
        now = self._time_s
        self._hour = {step: n for step, n in self._hour.items() if now < (step + 1) * _HOUR_STEP_S + _HOUR_S}
        self._same = [entry for entry in self._same if now < (entry[0] + 1) * _HOUR_STEP_S + _HOUR_S]
        self._day = {step: used for step, used in self._day.items() if now < (step + 1) * _DAY_STEP_S + _DAY_S}

    def _age_s(self, call: _Open) -> float:
        return self._time_s - call.begun_s

    def _charge(self, call: _Open, minutes: int) -> None:
        """At its end, with all its minutes: they count as long as the last of them."""
        if not call.tariff.is_counted or not minutes:
            return
        step = int(self._time_s // _DAY_STEP_S)
        used = self._day.get(step, (0, 0))
        self._day[step] = (used[0] + minutes, used[1] + call.tariff.cost(minutes))

    def _restore(self, saved: Mapping[str, Any], moment: Moment) -> None:
        try:
            interrupted = self._read(saved)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            _LOG.error("what was spent cannot be read and is forgotten: %r", error)
            return
        marked_s = self._time_s
        self._advance(moment)
        for call in interrupted:
            # It ended at some time before the next mark was due.
            self._charge(call, min(call.minutes, minutes_of(marked_s - call.begun_s + MARK_S)))

    def _read(self, saved: Mapping[str, Any]) -> list[_Open]:
        """Takes over all or nothing; returns the calls that were up."""
        if saved["version"] != _VERSION:
            raise ValueError(f"version {saved['version']}")
        last = Moment(str(saved["boot"]), _time(saved["up_s"]), _time(saved["wall_s"]), saved["is_wall_true"] is True)
        time_s = _time(saved["time_s"])
        hour = {int(step): int(calls) for step, calls in saved["hour"]}
        day = {int(step): (int(minutes), int(money)) for step, minutes, money in saved["day"]}
        same = [(int(step), str(number)) for step, number in saved["same"]]
        interrupted = [
            _Open(int(minutes), Tariff(int(per_minute), int(per_call), bool(is_counted)), _time(begun_s))
            for minutes, per_minute, per_call, is_counted, begun_s in saved["open"]
        ]
        self._last, self._time_s, self._hour, self._day, self._same = last, time_s, hour, day, same
        return interrupted


def _surely_passed_s(before: Moment, now: Moment) -> float:
    """Seconds of which nobody can have cheated us; never negative."""
    if now.boot == before.boot:
        return max(0.0, now.up_s - before.up_s)
    by_date = now.wall_s - before.wall_s if before.is_wall_true and now.is_wall_true else 0.0
    return max(0.0, now.up_s, by_date)


def _time(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no time")
    return float(value)
