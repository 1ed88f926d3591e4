"""Wake-up calls: their codes, and when which extension is rung. Knows no clock: whoever runs it tells the time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from firmware.telephony.feature_parts import Change, Code, CodeFeature, spoken, switched, wrong
from firmware.telephony.seams import Confirm, DialVerdict

RINGS_MAX = 3
RING_AGAIN = timedelta(minutes=5)
LATE_MAX = timedelta(minutes=10)
"""Who looks at the clock later than that finds it was set: calls of the time that was jumped over are not made."""
LATE_AFTER_START = timedelta(minutes=2)

Originate = Callable[[str, Callable[[bool], None]], None]
"""`originate(extension, done)`: ring it; `done(is_answered)` once it has answered or was rung in vain."""


@dataclass(slots=True)
class _Waking:
    """An extension that did not answer yet."""

    rings: int
    next_at: datetime | None  # None while it rings


class WakeUp(CodeFeature):
    """Rings up to 3 times, every 5 minutes, until it is answered. `times` gives (extension, "HH:MM") of all set."""

    name = "wake-up call"
    codes = frozenset({"wake-up-set", "wake-up-clear", "wake-up-ask"})

    def __init__(self, *, change: Change, times: Callable[[], Iterable[tuple[str, str]]], originate: Originate) -> None:
        self._change = change
        self._times = times
        self._originate = originate
        self._looked_at: datetime | None = None
        self._woken_for: dict[str, datetime] = {}  # the time of its latest call, as it is on the wall
        self._waking: dict[str, _Waking] = {}

    def on_code(self, code: Code) -> DialVerdict:
        """Set, clear, say."""
        if code.name == "wake-up-ask":
            return _state_of(code.extension.wake_up)
        value = ""
        if code.name == "wake-up-set":
            read = _time(f"{code.argument[:2]}:{code.argument[2:]}")
            if read is None:
                return wrong("there is no such time")
            value = read.strftime("%H:%M")
        self._change(code.extension.number, "wake_up", value)
        self._waking.pop(code.extension.number, None)
        return _state_of(value)

    def due(self, now_local: datetime) -> tuple[str, ...]:
        """Ring whom it is time for, and tell who that is. To be called a few times a minute, with an aware time."""
        before = self._looked_at
        self._looked_at = now_local
        set_now = dict(self._times())
        for extension in [*self._waking.keys() - set_now.keys()]:
            del self._waking[extension]
        now = now_local.astimezone(UTC)
        for extension in self._newly_due(set_now, before, now_local):
            self._waking[extension] = _Waking(0, now)
        ringing = [extension for extension, waking in self._waking.items() if _is_due(waking, now)]
        for extension in ringing:
            self._ring(extension, now)
        return tuple(ringing)

    def _newly_due(self, set_now: dict[str, str], before: datetime | None, now: datetime) -> list[str]:
        on_wall = now.replace(tzinfo=None)
        since = on_wall - LATE_AFTER_START if before is None else before.replace(tzinfo=None)
        if before is not None and not timedelta(0) <= now.astimezone(UTC) - before.astimezone(UTC) <= LATE_MAX:
            return []  # the clock was set
        # On the wall, so that a time which summer time leaves out is rung after the gap and none is rung twice.
        found: list[str] = []
        for extension, text in set_now.items():
            at = _time(text)
            if at is None:
                continue
            for day in {since.date(), on_wall.date()}:
                called_at = datetime.combine(day, at)
                if since < called_at <= on_wall and self._woken_for.get(extension) != called_at:
                    self._woken_for[extension] = called_at
                    found.append(extension)
        return found

    def _ring(self, extension: str, now: datetime) -> None:
        waking = self._waking[extension]
        waking.rings += 1
        waking.next_at = None

        def done(is_answered: bool) -> None:
            if self._waking.get(extension) is not waking:
                return
            waking.next_at = now + RING_AGAIN
            if is_answered or waking.rings >= RINGS_MAX:
                del self._waking[extension]

        self._originate(extension, done)


def _is_due(waking: _Waking, now: datetime) -> bool:
    # A clock set back must not let somebody sleep on for hours.
    return waking.next_at is not None and not now < waking.next_at <= now + RING_AGAIN


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _state_of(value: str) -> Confirm:
    return Confirm(("time", "is-set-to", *spoken(value.replace(":", "")))) if value else switched(False)
