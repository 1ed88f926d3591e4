"""Voice channels of a whole box: who finds none, and where such a call from outside goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.baresip import CLOSED, ESTABLISHED, INCOMING, Baresip
from tests.support.exchange_scenes import arranged
from tests.support.house import House
from tests.support.ip_phones import SAYS, assert_hear_each_other, assert_hears, connect
from tests.support.scenes import put_down
from tests.support.site import BOB_SAYS
from tests.support.waiting import until


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Calls of its trunk ring telephone 1."""
    with House(tmp_path_factory.mktemp("house"), calls__voice_channels=1) as house:
        house.register(destination="extension:101")
        yield house


def turned_away(bob: Baresip) -> str:
    """How a call of somebody outside is refused."""
    bob.dial("sip:5551000@example.test")
    return bob.wait_for(CLOSED).parameter


def test_the_channels_are_in_use_inside_hears_congestion_and_outside_goes_where_it_is_sent(
    house: House, tmp_path: Path
) -> None:
    with (
        house.person(tmp_path) as bob,
        house.ip_phone(tmp_path, "201") as one,
        house.ip_phone(tmp_path, "202") as two,
        house.ip_phone(tmp_path, "203") as three,
    ):
        connect(one, two)
        until(lambda: house.box.status()["channels"] == {"used": 1, "limit": 1}, 5, "the channel is in use")
        house.box.phone(2).lift_and_dial("203")
        house.box.phone(2).wait_tone("congestion")
        put_down(house.box, 2)
        assert turned_away(bob).startswith("486") and not house.box.phone(1).state["ringing"]
        with arranged(house.box, {"calls__when_full": "extension:203"}):
            bob.dial("sip:5551000@example.test")
            three.wait_for(INCOMING)
            three.answer()
            bob.wait_for(ESTABLISHED)
            assert_hears(three, BOB_SAYS)
            assert_hears(bob, SAYS["203"])
            assert not house.box.phone(1).state["ringing"]
        assert_hear_each_other(one, two)
        three.hang_up()
        bob.wait_for(CLOSED)
        house.box.set(calls__voice_channels=2)
        bob.dial("sip:5551000@example.test")
        house.box.phone(1).wait("ringing", True)
        house.box.set(calls__voice_channels=1)
        house.box.phone(1).lift()
        bob.wait_for(ESTABLISHED)
        assert_hear_each_other(one, two)
        one.hang_up()
        bob.hang_up()
        house.box.phone(1).wait_tone("busy")
