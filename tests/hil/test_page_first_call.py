"""From the setup code to the first call, as a person does it: a real browser, the whole box, both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from firmware.setup_code import SetupCodes
from tests.support.box import Box
from tests.support.chromium import photograph, resize
from tests.support.page import SEEN_S, Page, url_of
from tests.support.site import ALIKE, WINDOW_S
from tests.support.sound import fingerprint, likeness
from tests.support.waiting import until
from tests.support.web import PASSWORD, fill, page_in

STEPS = ("country", "telephones", "uplink", "outside-line", "emergency", "done")
HEARD_TRIES = 4  # a busy machine tears holes into what is heard


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    shown = Page(tmp_path / "profile")
    yield shown
    shown.driver.quit()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["en", "de"])
def test_from_the_setup_code_through_the_wizard_to_the_first_call(
    page: Page, tmp_path: Path, language: str, width: int
) -> None:
    with Box(tmp_path / "box") as box:
        resize(page.driver, width)
        enter(page, box, language, width)
        walk_through_the_wizard(page, language, width)
        call(page, language, width)
        hear(box, tmp_path)
        page.do("phone-1", "hang-up")
        until(lambda: box.calls() == [], SEEN_S, "the call is over")
        page.do("phone-2", "hang-up")
        assert page.complaints() == []


def enter(page: Page, box: Box, language: str, width: int) -> None:
    """Be the first visitor, in one's own language."""
    page.driver.get(url_of(box))
    assert page.driver.current_url.endswith("/setup"), "without a code nobody gets further"
    before = page_in(page.driver)
    page.driver.find_element(By.CSS_SELECTOR, f'.languages [value="{language}"]').click()
    until(lambda: page_in(page.driver) not in ("", before), SEEN_S, "the language")
    assert page.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
    photograph(page.driver, f"first-{language}-setup", width)
    fill(page.driver, code=SetupCodes(box.folder).make().grouped, password=PASSWORD, again=PASSWORD)


def walk_through_the_wizard(page: Page, language: str, width: int) -> None:
    """Each step, with what is proposed; there is no account outside yet."""
    for step in STEPS:
        until(lambda at=step: page.driver.current_url.endswith(f"/wizard/{at}"), SEEN_S, step)  # type: ignore[misc]
        photograph(page.driver, f"first-{language}-{step}", width)
        button = '[value="skip"]' if step == "uplink" else '.wizard [value="save"]'
        page.driver.find_element(By.CSS_SELECTOR, button).click()
    until(lambda: page.driver.find_elements(By.ID, "phone-1"), SEEN_S, "the telephones are shown")
    photograph(page.driver, f"first-{language}-overview", width)


def call(page: Page, language: str, width: int) -> None:
    """Lift, dial the other telephone's number key by key, lift there."""
    page.do("phone-1", "lift")
    until(lambda: page.state("phone-1") == "lifted", SEEN_S, "telephone 1 is seen lifted")
    for digit in page.extension("phone-2"):
        page.do("phone-1", digit)
    until(lambda: page.state("phone-2") == "ringing", SEEN_S, "telephone 2 rings")
    photograph(page.driver, f"first-{language}-ringing", width)
    page.do("phone-2", "lift")
    until(lambda: page.state("phone-2") == "lifted", SEEN_S, "telephone 2 is seen lifted")
    until(lambda: page.extension("phone-2") in page.part("phone-1"), SEEN_S, "telephone 1 shows whom it talks to")
    photograph(page.driver, f"first-{language}-talking", width)


def hear(box: Box, folder: Path) -> None:
    """What is said into one handset sounds in the other, both ways."""
    for speaker, listener in ((1, 2), (2, 1)):
        alike = []
        while not alike or alike[-1] < ALIKE:
            assert len(alike) < HEARD_TRIES, f"how alike: {alike}"
            said = fingerprint(len(alike) + 10 * speaker, 2.0)
            box.phone(speaker).play(said, folder)
            heard = box.phone(listener).record(1.0, folder)
            alike.append(likeness(said, heard, window_s=WINDOW_S).correlation)
