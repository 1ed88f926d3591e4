"""What leaves a whole box and what does not: the fence, and how it is read."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.exchange_scenes import arranged
from tests.support.house import House
from tests.support.sipp import Sipp
from tests.support.waiting import until

USUAL = ["national", "mobile", "international"]


@pytest.fixture(scope="module")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings: dict[str, Any] = {f"extensions__{number}__permissions": USUAL for number in (101, 102)}
    settings |= {"country": "US", "dialling__digit_map": "", "fence__hour_calls_max": 60}
    with House(tmp_path_factory.mktemp("house"), **settings) as house:
        yield house


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """A trunk to the registrar."""
    house.register()
    with arranged(house.box, {"extensions__201__permissions": USUAL}):
        yield house


def invite(house: House, number: str, user: str = "201") -> int:
    """The final status that an IP telephone gets for a call to `number`; 0 for silence."""
    with house.raw_phone(user) as phone:
        assert phone.register() == 200
        reply = phone.ask_with_password("INVITE", number, body=phone.sdp)
        phone.register(expires_s=0)  # an extension has few devices
        return reply.status if reply else 0


def sent(house: House) -> int:
    """Calls that the trunk's far end has seen."""
    return len(house.registrar.requests("INVITE", house.address))


def fence(house: House) -> dict[str, Any]:
    """What the status says of the fence."""
    return dict(house.box.status()["fence"])


def wait_refusal(house: House, words: str, extension: str = "201") -> str:
    """Until the last refusal is this extension's and has these words; all of its words."""

    def look() -> str:
        refusals = fence(house)["refusals"]
        last = refusals[0] if refusals else {"words": "", "extension": ""}
        return str(last["words"]) if words in last["words"] and last["extension"] == extension else ""

    return until(look, 5, f"{words}, said to {extension}: {fence(house)['refusals'][:1]}")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("9005551234", "premium"),
        ("0114930123456", "the country DE"),
        ("011881612345678", "satellites"),
        ("0118835100012345", "not"),
        ("01155512345678", "nobody knows"),
    ],
)
def test_what_nobody_allowed_is_refused_in_words(house: House, number: str, words: str) -> None:
    before = sent(house)
    assert invite(house, number) == 403
    assert wait_refusal(house, words) in house.box.log and number not in house.box.log
    assert sent(house) == before


def test_what_is_allowed_goes_out(house: House) -> None:
    before = sent(house)
    house.box.phone(1).lift_and_dial("2125559486")
    until(lambda: sent(house) > before, 5, "the trunk is called")


def test_limits_are_kept_when_the_gateway_is_killed(house: House, tmp_path: Path) -> None:
    rates = [{"prefix": "+1212", "per_minute": 1.0, "per_call": 0.0}]
    limits = {"fence__rates": rates, "fence__day_money_max": 2.5, "fence__hour_calls_max": 60}
    with arranged(house.box, limits), Sipp(tmp_path / "far", "answer") as far:
        house.use(house.peer(f"{far.address}:{far.port}"))
        before = fence(house)
        house.box.phone(1).lift_and_dial("2125552001")
        house.box.wait_line("fxs1", "talking")
        kept = fence(house)
        assert kept["hour_calls"] == before["hour_calls"] + 1 and kept["day_money"] == 2.0
        house.kill()
        house.box.phone(1).hang_up()
        after = fence(house)
        assert after["hour_calls"] == kept["hour_calls"] and after["day_money"] >= 1.0 and not after["calls_up"]
        house.box.set(fence__hour_calls_max=after["hour_calls"])
        assert invite(house, "2125552001") == 403
        wait_refusal(house, "in the last hour")
        house.box.set(fence__hour_calls_max=60, fence__day_money_max=after["day_money"] + 0.5)
        assert invite(house, "2125552001") == 403
        wait_refusal(house, "money")


def test_a_forward_goes_out_as_the_one_who_forwards(house: House) -> None:
    away = {"extensions__202__forwarding__always": "number:2125559486"}
    before = sent(house)
    with arranged(house.box, away | {"extensions__202__permissions": []}):
        assert invite(house, "202") == 403
        wait_refusal(house, "national", "202")
        assert sent(house) == before
    with arranged(house.box, away | {"extensions__201__permissions": []}):
        invite(house, "202")
        assert sent(house) > before, "who forwards may call there"


def test_spend_and_refusals_are_told_by_the_command_line_without_the_number(house: House) -> None:
    assert invite(house, "9005551234") == 403
    wait_refusal(house, "premium")
    said = subprocess.run(house.box.command("status"), capture_output=True, text=True, check=True).stdout
    assert re.search(r"^refused +201: .*premium", said, re.MULTILINE) and "9005551234" not in said
    house.box.phone(1).lift_and_dial("2125559486")
    until(lambda: fence(house)["hour_calls"], 5, "the call is counted")
    said = subprocess.run(house.box.command("status"), capture_output=True, text=True, check=True).stdout
    assert re.search(r"^fence +[1-9][0-9]* of 60 calls in an hour, [0-9.]+ of [0-9]+ min in a day", said, re.MULTILINE)
