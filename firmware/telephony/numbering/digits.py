"""The digit map: which digits make a number, and what is sent for them. Knows no clock, port or trunk."""

import enum
from dataclasses import dataclass, field
from typing import NoReturn

MAX_MAP_LENGTH = 1000  # characters; bounds the work of one match, and no ATA takes longer ones
MAX_DIGITS = 20  # ITU-T E.164 numbers have 15 digits; the rest is room for access codes

_DIGITS = "0123456789"
_KEYS = frozenset(_DIGITS + "*#")
_BLANKS = frozenset(" \t\r\n")
_BRACKETS = {"{": "}", "(": ")"}
_EVERYTHING = "x+"
_HINTS = {
    "T": "timers are not part of the map: how long to wait is the setting 'pause'",
    "S": "timers such as S0 are not part of the map: a number that is complete is sent at once",
    "L": "timers are not part of the map: how long to wait is the setting 'pause'",
    "P": "timers are not part of the map: how long to wait is the setting 'pause'",
    "!": "a barred alternative begins with ^ instead",
    ",": "a second dial tone cannot be asked for in the map",
    "X": "write a small x for any digit",
    "?": "write two alternatives, one with and one without the digit",
    "N": "write [2-9] instead",
    "Z": "write [1-9] instead",
    "-": "a range belongs into brackets, like [2-9]",
    "]": "there is no [ before it",
    ">": "there is no < before it",
    "=": "a rewrite is written <dialled=sent>",
    "^": "it stands at the beginning of an alternative only",
    "{": "braces stand round the whole map only",
    "}": "braces stand round the whole map only",
    "(": "parentheses stand round the whole map only",
    ")": "parentheses stand round the whole map only",
}


class MatchKind(enum.Enum):
    """What the map says to the digits dialled so far."""

    NONE = "none"  # neither these digits nor longer ones match
    PARTIAL = "partial"  # longer ones may match, or be barred
    COMPLETE = "complete"  # they match and no longer ones can
    OPEN = "open"  # they match and longer ones may
    BARRED = "barred"  # they are, or begin with, what a `^` alternative names


@dataclass(frozen=True, slots=True)
class Match:
    """Answer of the map; `number` is rewritten, and set for COMPLETE and OPEN only."""

    kind: MatchKind
    number: str = ""
    can_grow: bool = False  # with more digits an alternative that allows may match


@dataclass(frozen=True, slots=True)
class DigitMap:
    """A digit map, read once. Its grammar, for people: docs/dial-plan.md."""

    text: str
    _allowing: "tuple[_Alternative, ...]" = field(repr=False)
    _barring: "tuple[_Alternative, ...]" = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "DigitMap":
        """Read a map; ValueError says in words what is wrong at which character. "" allows every number."""
        read = _Reader(text).alternatives() or _Reader(_EVERYTHING).alternatives()
        return cls(text, tuple(a for a in read if not a.is_barring), tuple(a for a in read if a.is_barring))

    def match(self, digits: str) -> Match:
        """Judge what was dialled so far. Barring wins; of those that match, the first alternative does.

        Time grows with characters of the map times digits, whatever the map: it may run on the call thread.
        """
        if len(digits) > MAX_DIGITS or not _KEYS.issuperset(digits):
            return Match(MatchKind.NONE)
        bars = [alternative.follow(digits) for alternative in self._barring]
        # Digits behind a barred number do not free it: an exchange ignores what is dialled too much.
        if any(bar.has_passed_match for bar in bars):
            return Match(MatchKind.BARRED)
        allowed = [alternative.follow(digits) for alternative in self._allowing]
        can_grow = any(run.can_grow for run in allowed)
        number = next((run.number for run in allowed if run.number is not None), None)
        if number is not None and digits:
            return Match(MatchKind.OPEN if can_grow else MatchKind.COMPLETE, number, can_grow)
        if can_grow or any(bar.can_grow for bar in bars):
            return Match(MatchKind.PARTIAL, "", can_grow)
        return Match(MatchKind.NONE)


class _StepKind(enum.Enum):
    TAKE = enum.auto()  # one key, sent as it is
    DROP = enum.auto()  # one key, not sent
    REPEAT = enum.auto()  # any number of keys, each sent as it is
    EMIT = enum.auto()  # no key; the text is sent


_ONE_KEY = (_StepKind.TAKE, _StepKind.DROP)


@dataclass(frozen=True, slots=True)
class _Step:
    kind: _StepKind
    keys: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """How an alternative stands after some digits."""

    number: str | None
    can_grow: bool
    has_passed_match: bool


@dataclass(frozen=True, slots=True)
class _Alternative:
    """Steps in order, followed on all ways at once: each place is kept once, by the greediest way."""

    steps: tuple[_Step, ...]
    needed: tuple[int, ...]  # keys still needed at each place in `steps`, and 0 behind them
    is_barring: bool

    @classmethod
    def of(cls, steps: list[_Step], is_barring: bool) -> "_Alternative":
        needed = [0]
        for step in reversed(steps):
            needed.append(needed[-1] + (step.kind in _ONE_KEY))
        return cls(tuple(steps), tuple(reversed(needed)), is_barring)

    def follow(self, digits: str) -> _Run:
        ways: dict[int, str] = {}  # place in `steps` -> what is sent so far
        self._enter(ways, 0, "")
        has_passed_match = False
        for digit in digits:
            ways = self._advance(ways, digit)
            has_passed_match = has_passed_match or len(self.steps) in ways
        can_grow = any(self._can_grow(place, MAX_DIGITS - len(digits)) for place in ways)
        return _Run(ways.get(len(self.steps)), can_grow, has_passed_match)

    def _enter(self, ways: dict[int, str], place: int, sent: str) -> None:
        while place not in ways:
            ways[place] = sent
            if place == len(self.steps) or self.steps[place].kind in _ONE_KEY:
                return
            sent += self.steps[place].text
            place += 1

    def _advance(self, ways: dict[int, str], digit: str) -> dict[int, str]:
        after: dict[int, str] = {}
        for place, sent in ways.items():
            if place == len(self.steps) or digit not in self.steps[place].keys:
                continue
            match self.steps[place].kind:
                case _StepKind.REPEAT:
                    self._enter(after, place, sent + digit)
                case _StepKind.DROP:
                    self._enter(after, place + 1, sent)
                case _:
                    self._enter(after, place + 1, sent + digit)
        return after

    def _can_grow(self, place: int, room: int) -> bool:
        if self.needed[place]:
            return self.needed[place] <= room
        return room > 0 and place < len(self.steps) and self.steps[place].kind is _StepKind.REPEAT


class _Reader:
    """Reads the text of a map from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_MAP_LENGTH:
            raise ValueError(f"the digit map is longer than {MAX_MAP_LENGTH} characters")
        self._marks = [(n, mark) for n, mark in enumerate(text, start=1) if mark not in _BLANKS]
        self._end = (len(text) + 1, "")
        self._next = 0
        self._strip_brackets()

    def alternatives(self) -> list[_Alternative]:
        if not self._marks:
            return []
        read = [self._alternative()]
        while self._peek() == "|":
            self._take()
            read.append(self._alternative())
        return read

    def _strip_brackets(self) -> None:
        closing = _BRACKETS.get(self._peek())
        if closing is None:
            return
        if self._marks[-1][1] != closing:
            _fail(self._marks[0], f"it is not closed by a {closing} at the end of the map")
        self._marks = self._marks[1:-1]

    def _peek(self) -> str:
        return self._marks[self._next][1] if self._next < len(self._marks) else ""

    def _take(self) -> tuple[int, str]:
        if self._next == len(self._marks):
            _fail(self._end, "the map ends too early")
        self._next += 1
        return self._marks[self._next - 1]

    def _alternative(self) -> _Alternative:
        begin = self._marks[self._next] if self._next < len(self._marks) else self._end
        is_barring = self._peek() == "^"
        if is_barring:
            self._take()
        steps: list[_Step] = []
        while self._peek() not in ("", "|"):
            steps.extend(self._element(steps))
        if not any(step.keys for step in steps):
            _fail(begin, "an alternative needs at least one digit to be dialled")
        read = _Alternative.of(steps, is_barring)
        if read.needed[0] > MAX_DIGITS:
            _fail(begin, f"this alternative asks for more than {MAX_DIGITS} digits")
        return read

    def _element(self, before: list[_Step]) -> list[_Step]:
        if self._peek() == "<":
            return self._rewrite(is_first_sent=all(s.kind is _StepKind.DROP for s in before))
        keys = self._one_key("")
        if self._peek() == ".":
            self._take()
            return [_Step(_StepKind.REPEAT, keys)]
        if self._peek() == "+":
            self._take()
            return [_Step(_StepKind.TAKE, keys), _Step(_StepKind.REPEAT, keys)]
        return [_Step(_StepKind.TAKE, keys)]

    def _rewrite(self, is_first_sent: bool) -> list[_Step]:
        begin = self._take()
        dialled: list[_Step] = []
        while self._peek() not in ("=", ":"):  # Cisco and Obihai write a colon
            dialled.append(_Step(_StepKind.DROP, self._one_key(" inside < >")))
        self._take()
        sent = ""
        while self._peek() != ">":
            mark = self._take()
            if mark[1] == "+" and not (is_first_sent and not sent):
                _fail(mark, "the international + can only be the first thing that is sent")
            if mark[1] not in _KEYS and mark[1] != "+":
                _fail(mark, "only digits, *, # and a leading + can be sent")
            sent += mark[1]
        self._take()
        if not dialled and not sent:
            _fail(begin, "this rewrite has nothing on either side")
        return [*dialled, _Step(_StepKind.EMIT, text=sent)] if sent else dialled

    def _one_key(self, where: str) -> frozenset[str]:
        mark = self._take()
        if mark[1] in _KEYS:
            return frozenset(mark[1])
        if mark[1] == "x":
            return frozenset(_DIGITS)
        if mark[1] == "[":
            return self._range(mark)
        if mark[1] in ".+":
            _fail(mark, f"there is no digit before it to repeat{where}; an international + is sent by <00=+>")
        return _fail(mark, _HINTS.get(mark[1], f"it has no meaning in a digit map{where}"))

    def _range(self, begin: tuple[int, str]) -> frozenset[str]:
        keys = ""
        while (mark := self._take())[1] != "]":
            if mark[1] not in _KEYS:
                _fail(mark, "inside [ ] stand digits, * and #, and ranges like 2-9")
            keys += mark[1]
            if self._peek() == "-":
                dash = self._take()
                last = self._take()[1]
                if mark[1] not in _DIGITS or last not in _DIGITS or mark[1] > last:
                    _fail(dash, f"{mark[1]}-{last} is no range from a smaller to a larger digit")
                keys += _DIGITS[int(mark[1]) : int(last) + 1]
        if not keys:
            _fail(begin, "the brackets are empty")
        return frozenset(keys)


def _fail(mark: tuple[int, str], words: str) -> NoReturn:
    place, what = mark
    raise ValueError(f"digit map, character {place}{f' ({what})' if what else ''}: {words}")
