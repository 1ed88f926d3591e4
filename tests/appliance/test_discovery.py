"""Found, renamed, followed and missed by avahi, over a cable between two network namespaces."""

import os
import time
from pathlib import Path

from tests.support.announcing import SERVICES, SETTLED_S, TXT, Announcer
from tests.support.lan import CABLE, Avahi, Lan
from tests.support.waiting import until

FOUND_S = 3.0  # reliability T22
FOLLOWED_S = 5.0


def test_name_and_services_are_found_within_3_s(ours: Announcer, avahi: Avahi) -> None:
    started = ours.start()
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOUND_S, "the name is resolved")
    found = avahi.services()
    assert time.monotonic() - started < FOUND_S
    assert {(one.name, one.kind, one.host, one.port) for one in found} == {
        ("twinline", kind, "twinline.local", port) for kind, port, _ in SERVICES
    }
    for kind, _, txt in SERVICES:
        assert {one.txt for one in found if one.kind == kind} == {frozenset(f"{key}={txt[key]}" for key in txt)}
    assert avahi.resolve("twinline.local", "-6")


def test_what_is_no_longer_served_goes_and_the_setup_flag_follows(ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    ours.wait_named("twinline")
    assert avahi.services("_sip._udp")
    ours.say([("_http._tcp", 80, TXT | {"setup": "0"})])
    until(lambda: not avahi.services("_sip._udp"), FOLLOWED_S, "_sip._udp is withdrawn")
    until(lambda: all("setup=0" in one.txt for one in avahi.services("_http._tcp")), FOLLOWED_S, "the flag is changed")
    ours.say([])
    until(lambda: not avahi.services("_http._tcp"), FOLLOWED_S, "nothing is left")
    assert ours.state["name"] == ""


def test_a_name_that_is_taken_is_left_to_its_owner(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline", has_ipv6=False) as avahi:
        ours.start()
        ours.wait_named("twinline-2", FOUND_S + 1)
        assert avahi.resolve("twinline-2.local") == "10.9.0.1"
        assert {one.name for one in avahi.services("_http._tcp")} == {"twinline-2"}
        assert "conflict" not in avahi.log


def test_who_comes_later_has_to_take_another_name(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    ours.start()
    ours.wait_named("twinline")
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline") as avahi:
        assert "Host name conflict" in avahi.log or "twinline-2.local" in avahi.log
        assert ours.state["name"] == "twinline"
        assert avahi.resolve("twinline.local") == "10.9.0.1"


def test_two_of_one_name_that_are_joined_later_end_up_with_two_names(lan: Lan, ours: Announcer, tmp_path: Path) -> None:
    lan.cut()
    with Avahi(lan.neighbour, tmp_path / "avahi", name="twinline", has_ipv6=False) as avahi:
        ours.start()
        ours.wait_named("twinline")
        assert "conflict" not in avahi.log
        lan.join()
        ours.say([*SERVICES[:3], ("_sips._tcp", 5062, TXT)])  # a word, for the other to hear

        def is_settled() -> bool:
            theirs = "twinline-2" if "retrying with twinline-2" in avahi.log else "twinline"
            return bool(ours.state.get("name")) and ours.state["name"] != theirs

        until(is_settled, SETTLED_S, "they are called differently")
        until(lambda: avahi.resolve(f"{ours.state['name']}.local") == "10.9.0.1", SETTLED_S, "and ours is right")


def test_two_of_ours_do_not_swap_names_after_a_power_cut(lan: Lan, tmp_path: Path) -> None:
    first, second = Announcer(lan.box, tmp_path / "first"), Announcer(lan.neighbour, tmp_path / "second")
    try:
        first.start()
        first.wait_named("twinline")
        second.start()
        second.wait_named("twinline-2")
        first.kill()
        second.kill()
        second.start()
        first.start()
        second.wait_named("twinline-2")
        first.wait_named("twinline")
    finally:
        first.stop()
        second.stop()


def test_two_of_ours_that_start_at_once_get_two_names(lan: Lan, tmp_path: Path) -> None:
    boxes = [Announcer(lan.box, tmp_path / "first"), Announcer(lan.neighbour, tmp_path / "second")]
    try:
        for box in boxes:
            box.start()
        until(
            lambda: {box.state.get("name") for box in boxes} == {"twinline", "twinline-2"},
            SETTLED_S,
            f"two names: {[box.log for box in boxes]}",
        )
    finally:
        for box in boxes:
            box.stop()


def test_a_new_address_is_followed(lan: Lan, ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOUND_S, "the name is resolved")
    lan.box.ip("address", "add", "10.9.0.77/24", "dev", CABLE)
    lan.box.ip("address", "del", "10.9.0.1/24", "dev", CABLE)
    lan.box.ip("address", "replace", "10.9.0.77/24", "dev", CABLE)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.77", FOLLOWED_S, f"the new address: {ours.log}")
    until(
        lambda: {one.address for one in avahi.services("_http._tcp") if ":" not in one.address} == {"10.9.0.77"},
        FOLLOWED_S,
        "the service has it too",
    )


def test_a_cable_that_is_pulled_and_put_back_costs_seconds(lan: Lan, ours: Announcer, avahi: Avahi) -> None:
    ours.start()
    ours.wait_named("twinline")
    lan.box.ip("link", "set", CABLE, "down")
    until(lambda: ours.state["name"] == "", FOLLOWED_S, "nothing is announced without a network")
    lan.box.ip("link", "set", CABLE, "up")
    lan.box.ip("address", "replace", "10.9.0.1/24", "dev", CABLE)
    until(lambda: avahi.resolve("twinline.local") == "10.9.0.1", FOLLOWED_S, f"it is back: {ours.log}")


def test_it_says_goodbye(ours: Announcer, avahi: Avahi, tmp_path: Path) -> None:
    ours.start()
    ours.wait_named("twinline")
    seen = tmp_path / "seen.log"
    with avahi.watch("_http._tcp", seen):
        until(lambda: ";twinline;" in seen.read_text(), FOUND_S, "avahi sees it come")
        ours.stop()
        until(lambda: any(line.startswith("-;") for line in seen.read_text().splitlines()), FOUND_S, "and go")


def test_without_any_network_it_waits_and_says_so_once(lan: Lan, ours: Announcer) -> None:
    lan.box.ip("link", "set", CABLE, "down")
    ours.start()
    until(lambda: "state.json" in os.listdir(ours.folder), FOLLOWED_S, "it runs")
    lan.box.ip("link", "set", CABLE, "up")
    ours.wait_named("twinline", FOLLOWED_S)
    assert ours.log.count("nothing is announced") <= 1
    assert " error " not in ours.log and "Traceback" not in ours.log
