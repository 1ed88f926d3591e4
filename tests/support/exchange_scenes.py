"""What people do with the telephones and the outside line of a whole box, and what was written down of it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from firmware.records import FILE_NAME, CallRecord, CallRecords
from tests.support.box import Box, Phone, Refused
from tests.support.scenes import calm, comes, put_down
from tests.support.waiting import until

OUTSIDE = "5551234"
RING_S = 8.0
# Hanging up is seen soonest in the UK; seven digits are a whole number, and none begins like an extension.
UK: dict[str, object] = {
    "country": "UK",
    "dialling/digit_map": "[2-9]xxxxxx",
    "dialling/routes": ["line:1"],
    "outside_lines/1/destination": "extension:101",
    "outside_lines/1/caller_id_scheme": "off",  # nothing is waited for before bells ring
    "telephones/1/caller_id_scheme": "off",
    "telephones/2/caller_id_scheme": "off",
    "registrar/is_enabled": False,
}


class Scene:
    """One call or a few, from lifting the handset to the last tone. Raises AssertionError when something stays away."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.answered_at: float | None = None
        self.over_at: float | None = None

    @property
    def outside(self) -> Phone:
        """The far end of the outside line."""
        return self.box.outside

    def phone(self, number: int) -> Phone:
        """Telephone 1 or 2."""
        return self.box.phone(number)

    # ---- calling -------------------------------------------------------------------------------------

    def dial(self, number: int, digits: str) -> None:
        """Lift, wait for dial tone, dial."""
        self.phone(number).lift_and_dial(digits)

    def ring(self, digits: str = "102", caller: int = 1, called: int = 2) -> None:
        """Dial, and the other telephone rings."""
        self.dial(caller, digits)
        self.phone(called).wait("ringing", True, RING_S)

    def answer(self, number: int = 2) -> None:
        """Lift the telephone that rings: it talks."""
        self.phone(number).lift()
        self.through(number)

    def through(self, *numbers: int) -> None:
        """These telephones talk."""
        for number in numbers:
            self.box.wait_line(f"fxs{number}", "talking")
        self.answered_at = self.answered_at or time.monotonic()

    def connect(self, digits: str = "102", caller: int = 1, called: int = 2) -> None:
        """Dial, and the other telephone answers."""
        self.ring(digits, caller, called)
        self.answer(called)
        self.through(caller)

    def call_out(self, number: int = 1, digits: str = OUTSIDE) -> None:
        """Dial outside; it rings there."""
        self.dial(number, digits)
        self.rings_outside()

    def rings_outside(self) -> None:
        """The far end of the outside line is called."""
        self.outside.wait("state", "ringback", 15)

    def answer_outside(self, *numbers: int) -> None:
        """The far end answers; these telephones talk to it."""
        self.outside.do("answer")
        self.outside.wait("state", "talking")
        self.through(*numbers)

    def ring_in(self, *numbers: int, **caller: str) -> None:
        """Somebody calls from outside, and these telephones ring."""
        self.outside.do("ring", **caller)
        for number in numbers:
            self.phone(number).wait("ringing", True, RING_S)

    def answer_in(self, number: int = 1) -> None:
        """A telephone takes the call from outside."""
        self.answer(number)
        self.outside.wait("state", "talking")

    def wait_caller(self, caller: str) -> None:
        """It is known who calls: the line's caller ID was read whole."""
        until(lambda: caller in [call["from"]["number"] for call in self.box.calls()], RING_S, f"{caller} calls")

    def call_in(self, number: int = 1) -> None:
        """Somebody calls from outside, and that telephone takes it."""
        self.ring_in(number)
        self.answer_in(number)

    # ---- amid a call ---------------------------------------------------------------------------------

    def recall(self, number: int = 1) -> None:
        """R: the other side waits, and there is dial tone again."""
        self.phone(number).flash()
        self.box.wait_line(f"fxs{number}", "dial-tone")
        self.phone(number).wait_tone("dial")

    def recall_and_dial(self, digits: str, number: int = 1) -> None:
        """R, and a number or code."""
        self.recall(number)
        self.phone(number).dial(digits)

    def ask_inside(self) -> None:
        """Telephone 1 lets its caller wait and talks to telephone 2."""
        self.recall_and_dial("102")
        self.phone(2).wait("ringing", True)
        self.answer(2)
        self.through(1)

    def talk(self, seconds: float = 1.0) -> None:
        """Time passes that is to be paid for."""
        time.sleep(seconds)

    # ---- the end -------------------------------------------------------------------------------------

    def hang_up(self, *numbers: int) -> None:
        """Put these down, one after the other."""
        for number in numbers:
            self.over_at = time.monotonic()
            put_down(self.box, number)

    def hang_up_outside(self) -> None:
        """The far end hangs up; the exchange opens the loop, as most do here."""
        self.over_at = time.monotonic()
        self.outside.hang_up(how="cpc")

    def give_up_outside(self) -> None:
        """Who called from outside gives up."""
        self.outside.do("stop")

    def wait_tone(self, number: int, name: str) -> None:
        """A telephone hears that tone."""
        self.phone(number).wait_tone(name)

    def refused(self, number: int) -> None:
        """A telephone is told that it cannot be."""
        self.box.wait_line(f"fxs{number}", "congestion-tone")

    def wait_call(self, state: str) -> None:
        """One of the calls is in that state."""
        until(lambda: state in [call["state"] for call in self.box.calls()], 10, f"a call is {state}")

    def wait_over(self, calls: int = 0, within_s: float = 12.0) -> None:
        """Only so many calls are left."""
        until(lambda: len(self.box.calls()) == calls, within_s, f"{calls} calls are left: {self.box.calls()}")

    def all_down(self) -> None:
        """Everybody puts the handset down."""
        for number in (1, 2):
            if self.phone(number).state["hook"] == "off-hook":
                self.hang_up(number)
        self.outside.do("stop")
        with suppress(Refused):  # there is no call
            self.outside.hang_up()

    @property
    def talked_s(self) -> float:
        """From the first answer to the last hanging up, as people would have it."""
        if self.answered_at is None or self.over_at is None:
            return 0.0
        return self.over_at - self.answered_at


def records(box: Box) -> CallRecords:
    """What the box has written down."""
    return CallRecords(box.folder / FILE_NAME)


def last_key(box: Box) -> int:
    """Of the latest record, 0 for none."""
    return max((call.key for call in records(box).page(limit=1).calls), default=0)


def written_since(box: Box, key: int, count: int) -> Sequence[CallRecord]:
    """The records that came after `key`, oldest first, once there are so many and none is of a call that is up."""

    def look() -> list[CallRecord]:
        return [call for call in reversed(records(box).page(limit=20).calls) if call.key > key]

    comes(lambda: len(look()) >= count and all(call.state != "up" for call in look()), 5)
    return sorted(look(), key=lambda call: call.started_at)


def rest(box: Box) -> None:
    """Everybody is at rest: no call, no channel, no line in use."""
    calm(box)
    box.wait_idle()


@contextmanager
def arranged(box: Box, changes: Mapping[str, object]) -> Iterator[None]:
    """Settings other than usual, `__` for `/`."""
    paths = {path.replace("__", "/"): value for path, value in changes.items()}
    before = {path: _setting(box, path) for path in paths}
    try:
        if paths:
            box.gateway.call("settings.set", changes=paths)
        yield
    finally:
        if before:
            box.gateway.call("settings.set", changes=before)


@contextmanager
def kept(box: Box, *paths: str) -> Iterator[None]:
    """Whatever becomes of these settings meanwhile, they are as before afterwards. None of them may be a secret."""
    before = {path: _setting(box, path) for path in paths}
    try:
        yield
    finally:
        box.gateway.call("settings.set", changes=before)


def _setting(box: Box, path: str) -> object:
    try:
        value: object = box.gateway.call("settings.get", path=path)
    except Refused:  # it is not there yet
        return None
    return value
