"""The page in a real browser, before a whole box with simulated telephones and one outside line."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.support import web
from tests.support.box import Box
from tests.support.chromium import photograph, resize
from tests.support.page import SEEN_S, START_S, Page, url_of
from tests.support.scenes import kill_gateway
from tests.support.waiting import until


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    profile = tmp_path_factory.mktemp("profile")
    shown = Page(profile)
    yield shown
    shown.driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def page(box: Box, browser: Page) -> Page:
    """The page of a box that is ready, with every telephone on the hook."""
    resize(browser.driver, 1280)
    browser.driver.get(url_of(box))
    if browser.driver.current_url != url_of(box):
        web.set_up(browser.driver, url_of(box), box.folder)
    until(lambda: "Ready" in browser.part("adapters"), SEEN_S, "the page shows the adapter")
    browser.complaints()
    return browser


def test_a_newcomer_makes_a_first_call_within_a_minute(browser: Page, tmp_path: Path) -> None:
    began = time.monotonic()
    with Box(tmp_path / "box") as box:
        page = browser
        web.set_up(page.driver, url_of(box), box.folder)
        page.complaints()
        until(lambda: page.driver.find_elements(By.ID, "phone-1"), SEEN_S, "the telephones are shown")
        page.press("phone-1", "Lift")
        until(lambda: page.state("phone-1") == "lifted", SEEN_S, "telephone 1 is seen lifted")
        until(lambda: "dial tone" in page.part("phone-1"), SEEN_S, "dial tone is seen")
        step = page.driver.find_element(By.CSS_SELECTOR, ".steps .next").text
        assert f"Dial {page.extension('phone-2')} " in step
        for digit in page.extension("phone-2"):
            page.press("phone-1", digit)
        until(lambda: page.state("phone-2") == "ringing", SEEN_S, "telephone 2 rings")
        until(lambda: page.extension("phone-1") in page.part("phone-2"), SEEN_S, "telephone 2 shows who calls")
        assert page.extension("phone-1") in page.part("calls")
        page.press("phone-2", "Lift")
        until(lambda: "Talking" in page.part("calls"), SEEN_S, "the call is answered")
        assert time.monotonic() - began < START_S
        assert page.complaints() == []


def test_what_the_ear_hears_is_played_in_the_browser(page: Page) -> None:
    page.press("phone-1", "Listen")
    page.press("phone-1", "Lift")
    until(lambda: page.loudness("phone-1") > 0.1, SEEN_S, "dial tone is heard")
    before = page.played_s("phone-1")
    until(lambda: page.played_s("phone-1") > before + 1, SEEN_S, "sound goes on")
    page.fill("digits-1", page.extension("phone-2"))
    page.press("phone-1", "Dial")
    until(lambda: page.state("phone-2") == "ringing", SEEN_S, "telephone 2 rings")
    page.press("phone-2", "Lift")
    until(lambda: "Talking" in page.part("phone-1"), SEEN_S, "they talk")
    until(lambda: page.loudness("phone-1") < 0.05, SEEN_S, "nobody speaks")
    page.press("phone-2", "Play a tune")
    until(lambda: page.loudness("phone-1") > 0.2, SEEN_S, "the tune is heard on the other telephone")
    page.press("phone-1", "Listening")
    until(lambda: page.driver.find_elements(By.CSS_SELECTOR, '[aria-pressed="true"]') == [], SEEN_S, "listening ends")
    assert page.complaints() == []


def test_a_call_from_outside_shows_who_calls_and_stays_text(page: Page) -> None:
    page.fill("from-1", "5559876")
    page.fill("name-1", "<b>Bob</b>")
    page.press("line-1", "Let it ring")
    until(lambda: page.state("phone-1") == "ringing", SEEN_S, "telephone 1 rings")
    until(lambda: "<b>Bob</b> (5559876) calls" in page.part("phone-1"), SEEN_S, "telephone 1 shows who calls")
    assert page.driver.find_elements(By.CSS_SELECTOR, "b") == []
    page.press("phone-1", "Lift")
    until(lambda: page.state("line-1") == "talking", SEEN_S, "the box takes the call")
    page.press("line-1", "Hang up")
    until(lambda: "Nobody is calling" in page.part("calls"), SEEN_S, "the caller's hanging up ends the call")
    assert page.complaints() == []


def test_what_cannot_be_done_is_said_in_words(page: Page) -> None:
    page.press("phone-1", "Hang up")
    result = page.driver.find_element(By.CSS_SELECTOR, "#phone-1 .result")
    until(lambda: "on the hook" in result.text, SEEN_S, "the refusal")


def test_the_page_asks_nobody_but_the_box(box: Box, page: Page) -> None:
    asked = page.driver.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert asked
    assert [name for name in asked if not name.startswith(url_of(box))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_fits_every_screen(page: Page, width: int, scheme: str) -> None:
    resize(page.driver, width, scheme)
    photograph(page.driver, "telephones", width, scheme)
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
    beyond = """return [...document.querySelectorAll('.card *')].filter(element => {
        const card = element.closest('.card').getBoundingClientRect(), box = element.getBoundingClientRect();
        const isSeen = box.width && element.checkVisibility() && !element.closest('svg');
        return isSeen && (box.right > card.right + 1 || box.left < card.left - 1);
    }).map(element => element.outerHTML.slice(0, 120))"""
    assert page.driver.execute_script(beyond) == []


def test_keys_can_be_reached_and_pressed_without_a_mouse(page: Page) -> None:
    lift = page.driver.find_element(By.CSS_SELECTOR, '#phone-1 [value="lift"]')
    lift.send_keys("\n")
    until(lambda: page.state("phone-1") == "lifted", SEEN_S, "telephone 1 is lifted")
    assert page.driver.switch_to.active_element == lift, "live updates leave the focus alone"


def test_the_page_tells_of_a_gateway_that_died_and_of_its_return(box: Box, page: Page) -> None:
    page.driver.execute_script("window.isSamePage = true")
    kill_gateway(box)
    until(lambda: "does not answer" in page.part("health"), SEEN_S, "the page tells")
    until(lambda: "Everything is ready" in page.part("summary"), START_S, "the gateway is back")
    assert page.driver.execute_script("return window.isSamePage === true"), "without a reload"


def test_without_scripts_a_telephone_can_be_operated(box: Box, page: Page, tmp_path: Path) -> None:
    plain = Page(tmp_path / "profile", has_scripts=False)
    try:
        web.sign_in(plain.driver, url_of(box))
        plain.driver.get(url_of(box))
        assert "Without scripts" in plain.driver.find_element(By.TAG_NAME, "noscript").text
        plain.press("phone-2", "Lift")
        assert plain.driver.current_url.endswith("/#phone-2")
        assert plain.state("phone-2") == "lifted"
    finally:
        plain.driver.quit()
    until(lambda: page.state("phone-2") == "lifted", SEEN_S, "the other browser sees it")
