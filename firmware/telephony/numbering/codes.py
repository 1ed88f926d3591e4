"""Feature codes: their patterns, what they say to dialled digits, which clash. Knows no plan, feature or country."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from firmware.telephony.events import Destination
from firmware.telephony.numbering.code_names import KNOWN, SERVICES, Part, facts

_PATTERN_MAX = 40  # characters of one pattern
_CODES_MAX = 200  # patterns; each is looked at with every digit
_TOKEN = re.compile(r"\{([a-z])\}|([0-9*#]+)")
_DIGITS = frozenset("0123456789")
_PARTS = {part.letter: part for part in Part}

KEYS_MAX = 40
"""Keys of a code with all that is dialled with it; the number in it has 18 at most."""

Piece = str | Part


@dataclass(frozen=True, slots=True)
class Step:
    """How a code stands after some digits: with the open part at its end as far as it was dialled, or complete."""

    arguments: tuple[str, ...] = ()
    is_complete: bool = False
    tail: Part | None = None
    tail_digits: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """One pattern of a code: keys, and parts that stand for digits. `head` is what comes before the first part."""

    name: str
    pattern: str
    pieces: tuple[Piece, ...]
    head: str

    @classmethod
    def parse(cls, name: str, pattern: str) -> "Code":
        """Read `*21*{n}#`; ValueError in words otherwise."""
        known = facts(name)
        if known is None:
            raise ValueError(f"there is no feature code {name!r}")
        pieces = tuple(_pieces(pattern))
        _check_order(pattern, pieces)
        if tuple(piece for piece in pieces if isinstance(piece, Part)) != known.parts:
            wanted = ", ".join(f"{{{part.letter}}} ({part.word})" for part in known.parts) or "none"
            raise ValueError(f"{pattern!r}: the parts of {name} are {wanted}")
        return cls(name, pattern, pieces, str(pieces[0]))

    def follow(self, digits: str) -> Step | None:
        """Where these digits lead in the pattern; None: nowhere, whatever comes after them."""
        place = 0
        arguments: tuple[str, ...] = ()
        for index, piece in enumerate(self.pieces):
            rest = digits[place:]
            if isinstance(piece, str):
                if not rest.startswith(piece):
                    return Step(arguments) if piece.startswith(rest) else None
                place += len(piece)
                continue
            taken = "".join(itertools.takewhile(_DIGITS.__contains__, rest[: piece.most]))
            if len(taken) == len(rest):
                return Step(arguments, tail=piece, tail_digits=taken) if self._ends(index) else Step(arguments)
            if len(taken) < piece.least:
                return None
            arguments += (taken,)
            place += len(taken)
        return Step(arguments, is_complete=True) if place == len(digits) else None

    def destination(self, *arguments: str) -> Destination:
        """Where the code leads with what was dialled in it."""
        if self.name in SERVICES:
            return Destination("service", self.name)
        return Destination("code", ".".join(filter(None, (self.name, "*".join(arguments)))))

    def in_words(self) -> str:
        """As people are told to dial it: `*21* number #`."""
        return " ".join(piece if isinstance(piece, str) else piece.word for piece in self.pieces)

    def _ends(self, index: int) -> bool:
        return index == len(self.pieces) - 1


@dataclass(frozen=True, slots=True)
class CodeSet:
    """All codes that can be dialled."""

    codes: tuple[Code, ...] = ()

    @classmethod
    def of(cls, patterns: Mapping[str, str]) -> "CodeSet":
        """A set of name -> patterns, several of them with blanks between. What `problems` names is left out."""
        codes: list[Code] = []
        for name, text in patterns.items():
            for pattern in text.split():
                try:
                    codes.append(Code.parse(name, pattern))
                except ValueError:
                    continue
        return cls(tuple(codes[:_CODES_MAX]))

    def near(self, digits: str) -> Iterator[tuple[Code, Step]]:
        """The codes that begin like this, and how each stands."""
        for code in self.codes:
            if code.head.startswith(digits) or digits.startswith(code.head):
                step = code.follow(digits)
                if step is not None:
                    yield code, step

    def clashes(self) -> Iterator[tuple[str, str]]:
        """(name, words) of each code that another leaves no room for: some digits would mean both."""
        for one, other in itertools.combinations(self.codes, 2):
            may_meet = one.head.startswith(other.head) or other.head.startswith(one.head)
            if may_meet and _can_mean_both(one, other):
                yield other.name, f"{other.pattern} of {other.name} and {one.pattern} of {one.name} clash"


NO_CODES = CodeSet()


def effective(country: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """A country's set with the settings' changes; what is empty is switched off."""
    return {name: pattern for name, pattern in {**country, **own}.items() if pattern.split()}


def problems(patterns: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(name, words) of everything that is wrong with a set by itself."""
    return _problems(tuple(patterns.items()))


# Every change of the settings is judged whole, and hardly one of them touches the codes.
@functools.lru_cache(maxsize=8)
def _problems(patterns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(_found_in(dict(patterns)))


def _found_in(patterns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    count = 0
    for name, text in patterns.items():
        for pattern in text.split():
            count += 1
            try:
                Code.parse(name, pattern)
            except ValueError as error:
                yield name, str(error)
    if count > _CODES_MAX:
        yield next(iter(patterns)), f"{count} patterns are more than {_CODES_MAX}"
    yield from CodeSet.of(patterns).clashes()


def sorted_names(names: Iterable[str]) -> list[str]:
    """Names as they stand in the list of all codes, codes of groups last."""
    order = {name: place for place, name in enumerate(KNOWN)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))


def _pieces(pattern: str) -> Iterator[Piece]:
    if len(pattern) > _PATTERN_MAX:
        raise ValueError(f"a code has at most {_PATTERN_MAX} characters")
    place = 0
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None:
            _fail(pattern, "0-9, * and # are dialled, and parts are written {n}, {e}, {d}, {t} or {s}")
        if token[1] and token[1] not in _PARTS:
            _fail(pattern, f"{token[0]} is no part; there are {', '.join(f'{{{letter}}}' for letter in _PARTS)}")
        yield _PARTS[token[1]] if token[1] else token[2]
        place = token.end()


def _check_order(pattern: str, pieces: tuple[Piece, ...]) -> None:
    if not pieces or not isinstance(pieces[0], str) or len(pieces[0]) < 2:
        _fail(pattern, "a code begins with at least two keys")
    for piece, after in itertools.pairwise(pieces):
        if not isinstance(piece, Part) or piece.least == piece.most:
            continue
        if not isinstance(after, str) or after[0] in _DIGITS:
            _fail(pattern, f"after {{{piece.letter}}} comes * or #, else nobody knows where it ends")


def _fail(pattern: str, words: str) -> NoReturn:
    raise ValueError(f"{pattern!r}: {words}")


def _can_mean_both(one: Code, other: Code) -> bool:
    ones, others = _keys(one), _keys(other)

    @functools.cache
    def meet(i: int, j: int) -> bool:
        if i == len(ones) and j == len(others):
            return True
        if i < len(ones) and ones[i][1] and meet(i + 1, j):
            return True
        if j < len(others) and others[j][1] and meet(i, j + 1):
            return True
        is_end = i == len(ones) or j == len(others)
        return not is_end and not ones[i][0].isdisjoint(others[j][0]) and meet(i + 1, j + 1)

    return meet(0, 0)


def _keys(code: Code) -> list[tuple[frozenset[str], bool]]:
    """What each key in turn may be, and whether it may be missing."""
    keys: list[tuple[frozenset[str], bool]] = []
    for piece in code.pieces:
        if isinstance(piece, str):
            keys += [(frozenset(key), False) for key in piece]
        else:
            keys += [(_DIGITS, place >= piece.least) for place in range(piece.most)]
    return keys
