"""Who may be rung for a call, and on which terms: values. Knows nobody who rings them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from firmware.telephony.events import Cause
from firmware.telephony.extension import Extension
from firmware.telephony.legs import Leg, LegEvents, Offered


class Asking(Protocol):
    """The call for which somebody is rung, as far as those who ring need to know it."""

    @property
    def number(self) -> int: ...

    @property
    def parties(self) -> Sequence[Leg]: ...

    def calling(self, via: str) -> None:
        """The next way is tried, by this trunk ("": inside)."""

    def alerted(self, leg: Leg) -> None:
        """One of the called rings."""

    def early_media(self, leg: Leg) -> None:
        """One of the called is heard already."""

    def answered(self, leg: Leg, via: str) -> None:
        """One of the called answered; nobody rings any more."""

    def fell_silent(self) -> None:
        """Who was heard before the answer is not any more, and may ring."""

    def rewire(self) -> None:
        """Who could be heard early is gone."""


Asker = TypeVar("Asker", bound=Asking)


class LegMaker(Protocol):
    """Makes a leg that reports to `events`; raises LookupError when it cannot be had after all."""

    def __call__(self, events: LegEvents) -> Leg: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that can be rung, or a trunk; `extension` is the one that it belongs to."""

    make: LegMaker
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who is offered the call at the same time; `via` names the trunk, "" inside.

    `ring_s`: how long before the next attempt's turn; None: as long as the call may ring. `is_in_turn`: the next one
    follows whatever this one says. `max_s`: the call ends so long after the answer. `charge` is handed back with the
    seconds that it lasted. `is_exclusive`: the trunk carries one call at a time. `cause`: why nobody can be rung.
    """

    legs: Sequence[Candidate]
    via: str = ""
    ring_s: float | None = None
    is_in_turn: bool = False
    is_exclusive: bool = False
    max_s: float | None = None
    charge: object | None = None
    cause: Cause = Cause.UNREACHABLE


@dataclass(frozen=True, slots=True)
class Terms(Generic[Asker]):
    """How an offering goes: what each candidate is told (a cause: it is left out), and how long it all may take.

    `hurry_s` is for emergency calls: who has not progressed by then gets company from the next attempt.
    `on_failed` is told when nobody is left; `on_blocked` when a trunk that is needed in a hurry is taken.
    """

    offered: Callable[[Candidate], Offered | Cause]
    on_failed: Callable[[Asker, Cause], None]
    no_answer_s: float | None = None
    hurry_s: float | None = None
    on_blocked: Callable[[str], None] = lambda trunk: None
