"""What the page does with the box as a whole: restart, factory reset, log, restore, and a list of 10,000 extensions."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from firmware.setup_code import SetupCodes
from tests.bench.browser import Browser
from tests.bench.visitor import Visitor
from tests.support import web
from tests.support.box import Box
from tests.support.network import free_port
from tests.support.scenes import call_service, connect, put_down
from tests.support.waiting import until
from tests.support.web import PASSWORD

START_S = 30.0
SEEN_S = 10.0
MANY, FIRST = 9_998, 10_000
PASSPHRASE = "seven slow green bicycles"
CANARY = "canary-hunter-of-trunks"
NUMBER = "+4930123456789"
TRUNK = {"name": "main", "domain": "127.0.0.1:9", "username": NUMBER, "password": CANARY, "transport": "udp"}


@pytest.fixture(scope="module")
def system_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A quiet box, as `make run` starts it, at an address of its page that stays."""
    rooms: dict[str, object] = {str(FIRST + number): {"name": f"Room {number}"} for number in range(MANY)}
    settings = {
        "country": "UK",  # hanging up is seen soonest
        "dialling/pause_s": 1.0,  # *43 goes on to *43#
        "web/port": free_port("127.0.0.1"),
        "trunks": [TRUNK],
        "extensions": rooms | {"101": {}, "102": {}},
    }
    with Box(tmp_path_factory.mktemp("system") / "box", settings) as box:
        box.simulator.call("ping")  # connects now: what a test opens it has to close
        yield box


@pytest.fixture
def visitor(system_box: Box) -> Iterator[Visitor]:
    """The installer; the first one is the first visitor of all."""
    with Visitor(url_of(system_box)) as visitor:
        become_installer(system_box, visitor)
        yield visitor


def url_of(box: Box) -> str:
    path = box.folder / "run" / "web.url"
    until(path.exists, START_S, "the page has an address")
    return path.read_text().strip()


def become_installer(box: Box, visitor: Visitor) -> None:
    codes = SetupCodes(box.folder)
    if codes.is_due:
        visitor.post("/setup", code=codes.make().grouped, password=PASSWORD, again=PASSWORD)
    else:
        visitor.sign_in()


def start_of(visitor: Visitor) -> str:
    """Which start of the page this is; "" while it is away."""
    try:
        return str(json.loads(visitor.get("/alive"))["start"])
    except (OSError, ValueError):
        visitor.close()
        return ""


def begun_anew(visitor: Visitor, before: str) -> Callable[[], bool]:
    return lambda: start_of(visitor) not in ("", before)


def test_the_list_of_ten_thousand_extensions_is_there_within_300_ms(visitor: Visitor) -> None:
    visitor.get("/settings/extensions")
    for path, words in (
        ("/settings/extensions?page=200", b"Page 200 of 200"),
        (f"/settings/extensions?q=Room+{MANY - 1}", b"1 entry"),
    ):
        soonest_s = 60.0
        for _ in range(5):  # the machine may be busy with other things
            begun = time.monotonic()
            assert words in visitor.get(path)
            soonest_s = min(soonest_s, time.monotonic() - begun)
        assert soonest_s < 0.3


def test_the_log_finds_a_line_and_shows_no_secret_and_no_full_number(system_box: Box, visitor: Visitor) -> None:
    call_service(system_box, 1, "*43")
    put_down(system_box, 1)
    until(lambda: b" to service ended" in visitor.get("/system/log?q=CALL+1+TO"), SEEN_S, "the call in the log")
    text = visitor.get("/system/log").decode()
    assert "web info" in text
    for secret in (CANARY, NUMBER.removeprefix("+"), PASSWORD):
        assert secret not in text
        assert not any(secret in path.read_text() for path in (system_box.folder / "log").iterdir())
    assert b"Nothing found" in visitor.get("/system/log?q=never+said")
    assert "gateway info" not in system_box.log, "on the screen there is no more than before"


def test_a_restart_asks_while_a_call_is_up_and_brings_the_box_back_with_its_settings(
    system_box: Box, visitor: Visitor
) -> None:
    connect(system_box)
    until(lambda: b"1 call is up" in visitor.press("/system/restart"), SEEN_S, "the page warns")
    assert [call["state"] for call in system_box.calls()] == ["talking"]
    before, begun = start_of(visitor), time.monotonic()
    page = visitor.press("/system/restart", sure="yes")
    assert b"The box restarts" in page
    assert before.encode() in page
    until(begun_anew(visitor, before), START_S, "the page is back")
    assert time.monotonic() - begun < START_S
    until(system_box.is_ready, START_S, "the telephones are back")
    assert system_box.calls() == []
    visitor.sign_in()  # sessions live in memory
    assert b"Room 4711" in visitor.get("/settings/extensions?q=Room+4711")


def test_in_a_browser_the_page_comes_back_by_itself_after_a_restart(system_box: Box, tmp_path: Path) -> None:
    with Browser(tmp_path) as browser:
        driver, url = browser.driver, url_of(system_box)
        web.sign_in(driver, url)
        driver.get(f"{url}system")
        before = web.page_in(driver)
        driver.find_element(By.CSS_SELECTOR, 'form[action="/system/restart"] button').click()
        until(lambda: web.page_in(driver) not in ("", before), SEEN_S, "the box tells what comes")
        assert "The box restarts" in driver.find_element(By.TAG_NAME, "h1").text
        assert "Waiting for the box" in driver.find_element(By.ID, "waiting").text
        until(lambda: driver.find_elements(By.ID, "password"), START_S, "the page asks to sign in")
        assert driver.current_url == f"{url}sign-in"
    until(system_box.is_ready, START_S, "the telephones are back")


def test_a_backup_is_uploaded_to_the_box_that_forgot_everything(system_box: Box, visitor: Visitor) -> None:
    file = visitor.press("/system/backup", passphrase=PASSPHRASE, password=PASSWORD)
    before = url_of(system_box)
    assert b"as new" in visitor.press("/system/reset", password=PASSWORD)
    until(lambda: url_of(system_box) != before, START_S, "the page is back")
    with Visitor(url_of(system_box)) as first:  # a new box has its page at the usual port, or at any
        assert SetupCodes(system_box.folder).is_due
        until(system_box.is_ready, START_S, "the telephones are back")
        assert system_box.status()["country"] == "US"
        become_installer(system_box, first)
        assert b"None yet" in first.get("/settings/trunks")
        assert not any(b"Room" in path.read_bytes() for path in system_box.folder.iterdir() if path.is_file())
        first.upload("/system/restore", "upload", file, passphrase=PASSPHRASE, password=PASSWORD)
        until(lambda: system_box.status()["country"] == "UK", SEEN_S, "the settings are in effect")
        assert b"Room 4711" in first.get("/settings/extensions?q=Room+4711")
        assert b"main" in first.get("/settings/trunks")
