"""Test calls inside the house: what rings, what does not, and at which hop it stopped."""

import subprocess
from collections.abc import Iterator

import pytest

from firmware.control import Refused
from tests.support.box import Box
from tests.support.exchange_scenes import records
from tests.support.scenes import changed
from tests.support.self_tests import assert_passed, assert_stopped, running_test, told, wait_hop
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/pause_s": 1.0,
    "outside_lines/1/caller_id_scheme": "off",
    "extensions/150": {"name": "Nobody"},
}


@pytest.fixture
def unplugged(box: Box) -> Iterator[Box]:
    box.simulator.call("adapter.unplug")
    until(lambda: box.line("fxs1")["state"] == "lost", 10, "the adapter is gone")
    yield box
    box.simulator.call("adapter.plug")
    until(box.is_ready, 20, "the adapter is back")


def test_a_telephone_is_rung_for_real_and_said_to_be_answered(box: Box) -> None:
    with running_test(box, "ring", telephone="1") as stream:
        assert "rings" in wait_hop(stream, "ring", "done")
        box.phone(1).wait("ringing", True)
        assert box.status()["channels"]["used"] == 1, "a test call is counted"
        box.phone(1).lift()
        assert "answered" in wait_hop(stream, "answer", "done")
        wait_hop(stream, "end", "done")
    box.wait_idle()
    (call,) = records(box).page(limit=1).calls
    assert (call.source_name, call.destination_number, call.answered_by) == ("Self-test", "101", "101")


def test_a_telephone_that_nobody_lifts_rings_and_that_is_fine(box: Box) -> None:
    hops = told(box, "ring", telephone="2")
    assert_passed(hops)
    assert hops["answer"][1] == "nobody answered within 20 s"
    assert not box.phone(2).state["ringing"]


def test_a_telephone_that_does_not_exist_is_said_not_to(box: Box) -> None:
    assert_stopped(told(box, "ring", telephone="7"), "telephone", "there is no telephone 7")


def test_a_telephone_whose_adapter_is_unplugged_is_said_to_be_gone(unplugged: Box) -> None:
    assert_stopped(told(unplugged, "ring", telephone="1"), "telephone", "its adapter is not there")


def test_an_adapter_that_goes_away_in_the_middle_ends_the_test_in_words(box: Box) -> None:
    try:
        with running_test(box, "ring", telephone="1") as stream:
            wait_hop(stream, "ring", "done")
            box.simulator.call("adapter.unplug")
            assert "adapter" in wait_hop(stream, "answer", "failed")
            wait_hop(stream, "end", "done")
    finally:
        box.simulator.call("adapter.plug")
        until(box.is_ready, 20, "the adapter is back")


def test_do_not_disturb_is_said_to_be_what_stops_the_call(box: Box) -> None:
    with changed(box, extensions__101__is_do_not_disturb=True):
        assert_stopped(told(box, "ring", telephone="1"), "features", "do not disturb")
    assert not box.phone(1).state["ringing"]


def test_a_forward_is_said_and_the_other_telephone_does_not_ring(box: Box) -> None:
    with changed(box, extensions__101__forwarding__always="extension:102"):
        assert_stopped(told(box, "ring", telephone="1"), "features", "forwarded to extension 102")
        assert not box.phone(2).state["ringing"]


def test_a_telephone_that_rings_passes_even_if_its_calls_go_on_when_nobody_answers(box: Box) -> None:
    with changed(box, extensions__101__forwarding__no_answer="extension:102", extensions__101__no_answer_s=5):
        hops = told(box, "ring", telephone="1")
        assert_passed(hops)
        assert hops["answer"][1] == "nobody answered: the call would go on to extension 102"
        assert not box.phone(2).state["ringing"]


def test_where_a_call_was_sent_on_to_is_still_said_when_the_test_is_over(box: Box) -> None:
    routes = [{"trunk": "line:1", "destination": "extension:101"}]
    with changed(box, inbound_routes=routes, extensions__101__forwarding__always="extension:102"):
        hops = told(box, "incoming", trunk="line:1")
    assert_passed(hops)
    assert hops["features"][1] == "sent on to extension 102"


def test_a_telephone_that_is_lifted_is_said_to_be_busy(box: Box) -> None:
    box.phone(1).lift()
    box.wait_line("fxs1", "dial-tone")
    assert_stopped(told(box, "ring", telephone="1"), "ring", "busy")


def test_the_boxs_own_echo_gives_back_what_the_test_plays(box: Box) -> None:
    hops = told(box, "echo")
    assert_passed(hops)
    assert "*43" in hops["number"][1] and "came back" in hops["sound"][1]


def test_a_call_as_if_by_the_outside_line_follows_the_routes_and_the_forwards(box: Box) -> None:
    routes = [{"trunk": "line:1", "caller": "0205550*", "destination": "extension:101"}]
    with (
        changed(box, inbound_routes=routes, extensions__101__forwarding__always="extension:102"),
        running_test(box, "incoming", trunk="line:1", caller="020 555 0123") as stream,
    ):
        assert wait_hop(stream, "route", "done") == "inbound route 1 leads to extension 101"
        assert wait_hop(stream, "features", "done") == "sent on to extension 102"
        box.phone(2).wait("ringing", True)
        shown = until(lambda: box.phone(2).state["caller_id"], 10, "the caller is shown")
        assert (shown["number"], shown["name"]) == ("0205550123", "Self-test")
        box.phone(2).lift()
        wait_hop(stream, "answer", "done")
        wait_hop(stream, "end", "done")


def test_a_blocked_caller_is_said_to_be_turned_away(box: Box) -> None:
    routes = [{"trunk": "line:1", "destination": "extension:101"}]
    with changed(box, inbound_routes=routes, extensions__101__block=["0205550123"]):
        hops = told(box, "incoming", trunk="line:1", caller="0205550123")
        assert_stopped(hops, "features", "blocked caller")


def test_a_route_to_a_telephone_that_is_not_there_is_said_to_lead_nowhere(box: Box) -> None:
    with changed(box, inbound_routes=[{"trunk": "line:1", "destination": "extension:150"}]):
        assert_stopped(told(box, "incoming", trunk="line:1"), "ring", "not reachable")


def test_a_full_house_is_said_to_have_no_channel(box: Box) -> None:
    with changed(box, calls__voice_channels=1):
        box.phone(1).lift_and_dial("102")
        box.phone(2).wait("ringing", True)
        box.phone(2).lift()
        box.wait_line("fxs1", "talking")
        assert_stopped(told(box, "incoming", trunk="line:1"), "channel", "all voice channels in use")


def test_there_is_one_test_at_a_time_and_who_goes_away_ends_it(box: Box) -> None:
    with running_test(box, "ring", telephone="1") as stream:
        box.phone(1).wait("ringing", True)
        with pytest.raises(Refused, match="running already"):
            told(box, "echo")
        assert wait_hop(stream, "ring", "done")
    box.phone(1).wait("ringing", False, within_s=3)
    box.wait_idle(3)
    assert_passed(told(box, "echo"))


def test_a_test_is_stopped_on_demand(box: Box) -> None:
    with running_test(box, "ring", telephone="1") as stream:
        wait_hop(stream, "ring", "done")
        box.gateway.call("test.stop")
        assert wait_hop(stream, "answer", "failed") == "stopped"
        wait_hop(stream, "end", "done")
    assert not box.phone(1).state["ringing"]


def test_a_test_gives_way_to_who_calls_for_help_and_waits_for_them(box: Box) -> None:
    with running_test(box, "ring", telephone="1") as stream:
        wait_hop(stream, "ring", "done")
        box.phone(2).lift_and_dial("999")
        assert "emergency" in wait_hop(stream, "answer", "failed")
        wait_hop(stream, "end", "done")
    box.phone(1).wait("ringing", False, within_s=3)
    until(lambda: [call["to"]["kind"] for call in box.calls()] == ["emergency"], 5, "that call goes on alone")
    assert_stopped(told(box, "ring", telephone="1"), "telephone", "calls for help")
    assert box.calls(), "nothing was done to it"


def test_no_test_calls_an_emergency_number(box: Box) -> None:
    assert_stopped(told(box, "echo", number="999"), "number", "never tested")
    with changed(box, inbound_routes=[{"trunk": "line:1", "destination": "number:999"}]):
        hops = told(box, "incoming", trunk="line:1")
    assert any("never tested" in words for _state, words in hops.values()), hops
    assert box.outside.state["hook"] == "on-hook"


@pytest.mark.parametrize(
    "asked", [{"kind": "sing"}, {"kind": "ring", "telephone": "x" * 50}, {"kind": "echo", "number": "0\r\nVia: x"}]
)
def test_what_is_no_test_is_refused(box: Box, asked: dict[str, str]) -> None:
    with pytest.raises(Refused):
        told(box, **asked)


def test_the_command_prints_the_hops_and_its_exit_code_says_whether_it_worked(box: Box) -> None:
    done = subprocess.run(box.command("test", "echo"), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "the sound came back" in done.stdout, done
    done = subprocess.run(box.command("test", "ring", "7"), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "STOPPED telephone  there is no telephone 7" in done.stdout, done
