"""The pages of the settings of a box with ten thousand extensions."""

import time
from collections.abc import Callable

import pytest

from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser, fields_in

MANY, FIRST = 10_000, 10_000


def crowded(gateway: Gateway) -> None:
    """10,000 extensions in the settings that the gateway really keeps."""
    rooms = {str(FIRST + number): {"name": f"Room {number}"} for number in range(MANY)}
    gateway.desk.set({"extensions": rooms})


@pytest.mark.long
def test_ten_thousand_extensions_are_shown_in_pages_and_found_within_300_ms(browser: Browser, gateway: Gateway) -> None:
    crowded(gateway)
    browser.get("/settings/telephones")  # templates are compiled once
    for query, found in (("", "Page 1 of 200"), ("?page=200", "Room 9999"), ("?q=room+777", "11 entries")):
        took_s, text = soonest(lambda query=query: browser.get(f"/settings/extensions{query}").text)  # type: ignore[misc]
        assert took_s < 0.3
        assert found in text
        assert text.count("<tr>") <= 51
    assert "Nothing found" in browser.get("/settings/extensions?q=cellar").text
    assert browser.get("/settings/extensions?page=999999999").status == 200


@pytest.mark.long
def test_with_ten_thousand_extensions_every_page_of_settings_works(browser: Browser, gateway: Gateway) -> None:
    crowded(gateway)
    assert "10000" in browser.get("/settings").text
    assert fields_in(browser.get("/settings/box").text)["country"] == "US"
    gateway.desk.set({f"extensions/{FIRST}": None})  # no box has room for more than that
    assert browser.fill("/settings/extensions/+", {"+key": "777", "name": "New"}).status == 303
    assert gateway.applied[-1].extensions["777"].name == "New"
    again = browser.fill("/settings/extensions/+", {"+key": "10001", "name": "New"})
    assert again.status == 409
    assert "is there already" in again.text


def soonest(look: Callable[[], str], times: int = 3) -> tuple[float, str]:
    """The shortest of some times, and what was seen: the machine may be busy with other things."""
    taken, text = [], ""
    for _ in range(times):
        began = time.monotonic()
        text = look()
        taken.append(time.monotonic() - began)
    return min(taken), text
