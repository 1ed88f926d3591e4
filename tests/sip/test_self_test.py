"""Test calls over trunks: what the far end says, and whether sound comes back."""

from pathlib import Path

import pytest

from tests.support.box import Box
from tests.support.exchange_scenes import records
from tests.support.house import House
from tests.support.self_tests import assert_passed, assert_stopped, running_test, told, wait_hop
from tests.support.sipp import Sipp
from tests.support.site import BOX, Site

NUMBER = "5552001"


def test_an_echo_outside_is_heard_to_come_back_and_every_hop_is_told(site: Site, tmp_path: Path) -> None:
    with Sipp(tmp_path / "far", "answer", echoes=True) as far:
        trunk = site.use_peer(far.place)["name"]
        hops = told(site.box, "echo", trunk=trunk, number=NUMBER)
    assert_passed(hops)
    assert list(hops) == ["number", "channel", "fence", "trunk", "answer", "sound", "end"]
    assert f"sip:{NUMBER}@" in far.messages()
    (call,) = records(site.box).page(limit=1).calls
    assert (call.source_name, call.trunk, call.destination_number) == ("Self-test", trunk, NUMBER)


def test_the_echo_test_of_a_provider_that_is_known_need_not_be_named(site: Site, tmp_path: Path) -> None:
    with Sipp(tmp_path / "far", "answer", echoes=True) as far:
        trunk = site.use_peer(far.place, domain="pbxes.org")["name"]
        hops = told(site.box, "echo", trunk=trunk)
    assert_passed(hops)
    assert hops["number"][1] == "the echo test of PBXes (pbxes.org) is *43"
    assert "INVITE sip:*43@pbxes.org" in far.messages()


def test_an_echo_test_that_nobody_knows_has_to_be_named(site: Site) -> None:
    trunk = site.register()["name"]
    assert_stopped(told(site.box, "echo", trunk=trunk), "number", "has to be said")


def test_a_box_that_is_stopped_amid_a_test_ends_in_order(tmp_path: Path) -> None:
    trunk = {"name": "t", "username": "1", "domain": "pbxes.org", "transport": "udp", "is_registering": False}
    with Sipp(tmp_path / "far", "answer") as far, Box(tmp_path / "box") as box:
        box.set(trunks=[trunk | {"outbound_proxy": far.place}])
        box.wait_trunk("t", "registered")
        with running_test(box, "echo", trunk="t") as stream:
            wait_hop(stream, "sound", "waiting")
            box.stop()
        assert far.outcome().exit_code == 0, "the far end got its BYE"
        assert "Traceback" not in box.log and "core dumped" not in box.log


def test_a_call_without_sound_is_said_to_be_silent(site: Site, tmp_path: Path) -> None:
    with Sipp(tmp_path / "far", "answer") as far:
        site.use_peer(far.place)
        assert_stopped(told(site.box, "echo", number=NUMBER), "sound", "nothing is heard")


@pytest.mark.parametrize(
    ("status", "words"),
    [("486 Busy Here", "busy"), ("404 Not Found", "no such number"), ("603 Decline", "rejected")],
)
def test_what_the_far_end_answers_is_said_in_words(site: Site, tmp_path: Path, status: str, words: str) -> None:
    with Sipp(tmp_path / "far", "refuse", keys={"status": status}) as far:
        site.use_peer(far.place)
        assert_stopped(told(site.box, "echo", number=NUMBER), "answer", words)


def test_a_trunk_that_is_not_registered_is_where_calls_stop_both_ways(site: Site) -> None:
    trunk = site.trunk(password="wrong")
    site.use(trunk)
    site.box.wait_trunk(trunk["name"], "refused")
    assert_stopped(told(site.box, "echo", number=NUMBER), "trunk", "is not ready")
    assert_stopped(told(site.box, "incoming", trunk=trunk["name"]), "trunk", "is not ready")


def test_a_number_that_the_fence_bars_never_leaves_the_house(site: Site, tmp_path: Path) -> None:
    with Sipp(tmp_path / "far", "answer") as far:
        site.use_peer(far.place)
        site.box.set(fence__blocked=[NUMBER])
        try:
            assert_stopped(told(site.box, "echo", number=NUMBER), "fence", "the number is barred")
        finally:
            site.box.set(fence__blocked=[])
        assert "INVITE" not in far.messages()


def test_a_trunk_that_the_routes_do_not_use_for_the_number_is_said_so(site: Site) -> None:
    site.register()
    assert_stopped(told(site.box, "echo", trunk="line:1", number=NUMBER), "fence", "by trunk line:1")


@pytest.mark.parametrize(
    ("number", "words"), [("555", "leads nowhere"), ("*43", "not outside"), ("101", "not outside")]
)
def test_a_number_that_does_not_lead_outside_is_said_where_it_leads(site: Site, number: str, words: str) -> None:
    trunk = site.register()["name"]
    assert_stopped(told(site.box, "echo", trunk=trunk, number=number), "number", words)


def test_a_call_as_if_by_the_trunk_rings_whom_its_route_names(site: Site) -> None:
    trunk = site.register()["name"]
    site.box.set(inbound_routes=[{"trunk": trunk, "called": BOX, "destination": "extension:102"}])
    try:
        with running_test(site.box, "incoming", trunk=trunk, number=BOX, caller="5552002") as stream:
            assert wait_hop(stream, "trunk", "done") == f"trunk {trunk} is ready"
            assert wait_hop(stream, "route", "done") == "inbound route 1 leads to extension 102"
            site.box.phone(2).wait("ringing", True)
            site.box.phone(2).lift()
            assert "answered" in wait_hop(stream, "answer", "done")
            wait_hop(stream, "end", "done")
        hops = told(site.box, "incoming", trunk=trunk, number="5559999")
        assert hops["route"][1].startswith("no inbound route fits")
    finally:
        site.box.set(inbound_routes=[])
        site.box.phone(2).hang_up()
    (call,) = records(site.box).page(limit=1).calls
    assert call.source_trunk == trunk


def test_an_ip_telephone_is_rung_where_it_is_registered(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        assert_stopped(told(house.box, "ring", telephone="201"), "ring", "not reachable")
        with house.ip_phone(tmp_path, "201", answers="auto"):
            hops = told(house.box, "ring", telephone="201")
        assert_passed(hops)
        assert "answered" in hops["answer"][1]
