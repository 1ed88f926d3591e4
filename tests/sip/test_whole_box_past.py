"""What a whole box tells of the past: a call with its sound in list, page and graph, and outages of the registrar."""

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from firmware.records import FILE_NAME, CallRecords, Span, TrunkState
from tests.bench.visitor import Visitor, page_of
from tests.sip.test_trunk_registration import own_registrar
from tests.support.baresip import ESTABLISHED
from tests.support.site import BOB, Site
from tests.support.waiting import until

WRITTEN_S = 15.0


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    with Visitor(page_of(site.box)) as someone:
        yield someone.sign_in()


def shown(visitor: Visitor, path: str) -> str:
    return unescape(visitor.get(path).decode())


def states(site: Site, trunk: str) -> list[TrunkState]:
    found = CallRecords(site.box.folder / FILE_NAME).trunk_states(Span(0, time.time() + 60))
    return [state for state in found if state.trunk == trunk]


def test_a_call_is_in_the_graph_and_on_its_own_page_with_its_sound(
    site: Site, visitor: Visitor, tmp_path: Path
) -> None:
    site.register("udp")
    with site.person(tmp_path, answers="auto") as bob:
        site.box.phone(1).lift_and_dial(BOB)
        bob.wait_for(ESTABLISHED)
        site.assert_talk(1, bob, tmp_path, seconds=3.0)
        site.box.phone(1).hang_up()
        site.box.wait_idle()
    keys = until(lambda: re.findall(r'href="/calls/(\d+)"', shown(visitor, "/calls?direction=out")), 10, "the call")
    call = CallRecords(site.box.folder / FILE_NAME).call(int(keys[0]))
    assert call is not None
    sound = call.destination_quality
    assert sound is not None and sound.mos is not None and sound.mos > 3
    page = shown(visitor, f"/calls/{keys[0]}")
    assert f">{sound.mos:.2f}<" in page and sound.codec.upper() in page and "Hung up" in page and "fxs1" in page
    graphs = shown(visitor, "/statistics")
    assert f": {sound.mos:.2f}</title>" in graphs, "a point with its words"
    assert re.search(r"\d\d:00: Answered: [1-9]", graphs), "a bar with its words"


def test_an_outage_of_the_registrar_is_in_the_history(site: Site, visitor: Visitor, tmp_path: Path) -> None:
    with own_registrar(site, tmp_path / "own") as registrar:
        trunk = site.register("tcp", registrar)["name"]
        until(lambda: [state.state for state in states(site, trunk)][-1:] == ["registered"], WRITTEN_S, "it is written")
        registrar.stop()
        site.box.wait_trunk(trunk, "waiting", 5)
        until(lambda: states(site, trunk)[-1].state == "waiting", WRITTEN_S, "the outage is written")
        registrar.start()
        site.box.wait_trunk(trunk, "registered", 15)
        until(lambda: states(site, trunk)[-1].state == "registered", WRITTEN_S, "its end is written")
        outage = [state for state in states(site, trunk) if state.state == "waiting"][-1]
        assert outage.ended_at is not None and 0 < outage.ended_at - outage.began_at < 60
        text = shown(visitor, "/statistics")
        assert trunk in text and 'class="warn"' in text
