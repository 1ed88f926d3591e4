"""Messages that wait: sources add up, the last word of each counts, a restart forgets nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.telephony.messages import COUNT_MAX, MessageCounts, Waiting


class Desk:
    """Counts, with what was told of them and what was saved last."""

    def __init__(self, saved: dict[str, Any] | None = None) -> None:
        self.told: list[tuple[str, Waiting]] = []
        self.saved: dict[str, Any] = {}
        self.counts = MessageCounts(
            on_change=lambda extension, waiting: self.told.append((extension, waiting)),
            save=self._save,
            saved=saved,
        )

    def _save(self, state: dict[str, Any]) -> None:
        self.saved = state


def test_several_sources_add_up_and_each_speaks_for_itself() -> None:
    desk = Desk()
    desk.counts.tell("trunk:a", "101", Waiting(3, 1))
    desk.counts.tell("told", "101", Waiting(2, 0))
    desk.counts.tell("trunk:a", "101", Waiting(1, 0))
    assert desk.told == [("101", Waiting(3, 1)), ("101", Waiting(5, 1)), ("101", Waiting(3, 0))]
    assert desk.counts.every() == {"101": Waiting(3, 0)}


def test_nobody_is_told_what_was_said_already() -> None:
    desk = Desk()
    desk.counts.tell("told", "101", Waiting())
    desk.counts.tell("told", "101", Waiting(1))
    desk.counts.tell("told", "101", Waiting(1))
    assert desk.told == [("101", Waiting(1))]


def test_a_source_that_counts_no_more_takes_its_messages_with_it() -> None:
    desk = Desk()
    desk.counts.tell("trunk:a", "101", Waiting(3))
    desk.counts.tell("told", "101", Waiting(2))
    desk.counts.tell("told", "102", Waiting(1))
    desk.counts.keep(lambda source, extension: source == "told" and extension == "101")
    assert desk.counts.every() == {"101": Waiting(2)} and desk.told[-2:] == [("101", Waiting(2)), ("102", Waiting())]


def test_what_was_saved_is_there_after_a_restart() -> None:
    desk = Desk()
    desk.counts.tell("trunk:a", "101", Waiting(3, 1))
    desk.counts.tell("told", "102", Waiting(0, 7))
    assert Desk(desk.saved).counts.every() == {"101": Waiting(3, 1), "102": Waiting(0, 7)}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.long
@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=4))
def test_whatever_the_saved_state_is_counts_stay_within_what_can_be_shown(saved: dict[str, Any]) -> None:
    for waiting in Desk(saved).counts.every().values():
        assert 0 <= waiting.new <= COUNT_MAX and 0 <= waiting.old <= COUNT_MAX


def test_there_are_no_more_extensions_than_can_be_set() -> None:
    counts = Desk({str(number): {"told": [1, 0]} for number in range(10_000)}).counts
    counts.tell("told", "another", Waiting(1))
    assert len(counts.every()) == 10_000
    counts.tell("told", "0", Waiting(2))
    assert counts.of("0") == Waiting(2)
