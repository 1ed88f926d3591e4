"""Messages wait: the lamp of an analogue telephone shows it, decoded by the simulated one from its line's audio."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from firmware.telephony.lines.message_lamp import QUIET_S
from tests.support.box import Box, Phone
from tests.support.scenes import TRIES, calm, changed, comes, put_down
from tests.support.waiting import until

SETTINGS = {
    "country": "UK",  # the battery is reversed while the message lasts
    "extensions/101/hotline": "102",  # whoever lifts telephone 1 calls telephone 2
    "extensions/101/hotline_s": 0,
}
LAMP_S = 4 * (QUIET_S + 2.0)  # a message of a second, and others where a stall tore it
PULSE_MS = 350  # EN 300 659-1 cl. 6.1: up to 300, measured at the bell by blocks


@pytest.fixture(autouse=True)
def nothing_waits(box: Box) -> Iterator[None]:
    yield
    for extension in ("101", "102"):
        tell(box, extension, 0)
    calm(box)
    for number in (1, 2):
        wait_lamp(box, number, False)


def tell(box: Box, extension: str, count: int) -> None:
    """As a mailbox that the box does not know would."""
    box.gateway.call("messages.set", extension=extension, new=count)


def wait_lamp(box: Box, number: int, is_lit: bool) -> None:
    """Until the telephone shows it; one that was never told is dark."""
    phone = box.phone(number)
    until(lambda: bool(phone.state["message_lamp"]) is is_lit, LAMP_S, f"lamp {number} lit: {is_lit}; {phone.state}")


@pytest.mark.parametrize("country", ["US", "UK", "DE"])
def test_the_lamp_is_lit_while_messages_wait_and_no_bell_rings_for_it(box: Box, country: str) -> None:
    with changed(box, country=country):
        before = box.phone(2).state["ring_started_at"]
        subprocess.run(box.command("messages", "102", "2"), check=True, timeout=30)
        wait_lamp(box, 2, True)
        assert not box.phone(1).state["message_lamp"], "they are another's"
        state = box.phone(2).state
        if country == "DE":  # its telephones listen after a ring only: the shortest there is
            assert state["ring_started_at"] != before and state["cadence_ms"][0] <= PULSE_MS
        else:
            assert state["ring_started_at"] == before
        assert not state["burst"] and state["caller_id"] is None
        tell(box, "102", 0)
        wait_lamp(box, 2, False)
        box.phone(2).wait("polarity", "normal")


def test_whoever_lifts_amid_the_message_gets_dial_tone_and_the_lamp_is_lit_later(box: Box) -> None:
    phone = box.phone(2)
    amid_message(box, phone, phone.lift)
    phone.wait("polarity", "normal")
    box.wait_line("fxs2", "dial-tone")
    assert not phone.state["message_lamp"]
    put_down(box, 2)
    wait_lamp(box, 2, True)


def test_a_call_amid_the_message_rings_and_shows_the_caller_and_the_lamp_is_lit_later(box: Box) -> None:
    phone = box.phone(2)
    amid_message(box, phone, box.phone(1).lift)  # its hotline calls
    phone.wait("ringing", True)
    caller = until(lambda: phone.state["caller_id"], 5, "the caller is shown") or {}
    assert caller["number"] == "101"
    phone.lift()
    box.wait_line("fxs2", "talking")
    assert phone.state["polarity"] == "normal" and not phone.state["message_lamp"]
    put_down(box, 1)
    put_down(box, 2)
    wait_lamp(box, 2, True)


def test_nothing_is_sent_while_the_telephone_is_used(box: Box) -> None:
    box.phone(2).lift()
    box.wait_line("fxs2", "dial-tone")
    box.phone(2).wait("polarity", "normal")
    tell(box, "102", 1)
    assert not comes(lambda: box.phone(2).state["polarity"] == "reversed", QUIET_S + 1)
    put_down(box, 2)
    wait_lamp(box, 2, True)


def test_an_adapter_plugged_in_again_tells_what_has_changed_meanwhile(box: Box) -> None:
    tell(box, "102", 1)
    wait_lamp(box, 2, True)
    box.simulator.call("adapter.unplug")
    box.wait_line("fxs2", "lost")
    tell(box, "102", 0)
    box.simulator.call("adapter.plug")
    wait_lamp(box, 2, False)


def test_a_lamp_that_is_switched_off_goes_out_and_stays_dark(box: Box) -> None:
    tell(box, "102", 1)
    wait_lamp(box, 2, True)
    with changed(box, telephones__2__message_lamp=False):
        wait_lamp(box, 2, False)
        tell(box, "102", 3)
        tell(box, "101", 3)
        wait_lamp(box, 1, True)
        assert not box.phone(2).state["message_lamp"]
    wait_lamp(box, 2, True)


def test_another_extension_has_other_messages(box: Box) -> None:
    tell(box, "101", 1)
    wait_lamp(box, 1, True)
    with changed(box, telephones__1__extension="109"):
        wait_lamp(box, 1, False)


def amid_message(box: Box, phone: Phone, act: Callable[[], object]) -> None:
    """Do it while the telephone is being told that messages wait; what comes too late for that is done again."""
    for _ in range(TRIES):
        tell(box, "102", 1)
        phone.wait("polarity", "reversed")
        act()
        if not comes(lambda: phone.state["message_lamp"], 1):
            return
        calm(box)
        tell(box, "102", 0)
        wait_lamp(box, 2, False)
    raise AssertionError("every try came too late")
