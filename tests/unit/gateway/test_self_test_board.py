"""The hops of a test call: what is told, in which order, and what follows a failure."""

from firmware.gateway.self_test.board import END, Board, Item


def board(*order: str) -> tuple[Board, list[Item]]:
    told: list[Item] = []
    return Board(order, told.append), told


def states(told: list[Item]) -> list[tuple[str, str]]:
    return [(item["hop"], item["state"]) for item in told]


def test_hops_are_told_as_they_come_and_may_come_again_with_news() -> None:
    hops, told = board("a", "b", END)
    assert hops.current == "a"
    hops.done("a", "there")
    hops.waiting("b", "rings")
    assert (hops.current, hops.is_done("a"), hops.is_done("b")) == ("b", True, False)
    hops.done("b", "answered")
    hops.done(END, "over")
    assert states(told) == [("a", "done"), ("b", "waiting"), ("b", "done"), (END, "done")]


def test_behind_the_hop_that_failed_the_others_are_skipped_but_for_the_end() -> None:
    hops, told = board("a", "b", "c", END)
    hops.done("a", "")
    hops.failed("b", "no")
    hops.done("c", "too late")
    hops.failed("c", "twice")
    hops.done(END, "over")
    assert states(told) == [("a", "done"), ("b", "failed"), ("c", "skipped"), (END, "done")]
    assert hops.has_failed


def test_a_hop_that_this_kind_of_test_has_not_is_not_told() -> None:
    hops, told = board("a", END)
    hops.done("fence", "open")
    assert told == []


def test_the_end_cannot_fail() -> None:
    hops, told = board("a", END)
    hops.done("a", "")
    hops.failed(hops.current, "stopped too late")
    assert states(told) == [("a", "done")]
