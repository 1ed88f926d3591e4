"""What a stranger can have written down in the box stays text in Chromium: no script runs, no element breaks out."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from firmware.records import FILE_NAME, RecordWriter
from firmware.webadmin.roles import Role
from tests.support.web import PASSWORD, sign_in
from tests.unit.records.making import ended, incoming
from tests.unit.webadmin.snapshots import hostile
from tests.web.conftest import DEADLINE_S, TlsBox
from tests.web.seeing import PAGES, complaints, speak

# Each ends another kind of place that a text may stand in, and would leave a mark: an attribute in either quotes, an
# element's content, a text area, a comment, a template.
MARKUP = "".join(
    (
        '"><img src=x onerror="window.hacked=1">',
        "'><svg onload='window.hacked=1'>",
        "<script>window.hacked=1</script>",
        "</textarea></title></style><script>window.hacked=1</script>",
        "--><img src=x onerror=window.hacked=1><!--",
        "{{1+1}}%>javascript:window.hacked=1",
    )
)
CONFUSING = "\u202eevil\u2066\x00\x1b[31m\r\nSet-Cookie: a=b"
ENDLESS = "<b>" * 3500
MARK = {MARKUP: '"><img', CONFUSING: "evil", ENDLESS: "<b><b>"}  # by which it is known again, as text
FOREIGN = """
const marks = '[onerror], [onload], img[src="x"], script:not([src]), b b, [href^="javascript:"]';
return [window.hacked || "", ...[...document.querySelectorAll(marks)].map(mark => mark.outerHTML.slice(0, 80))]
    .filter(Boolean)"""


@pytest.fixture
def writer(tls_box: TlsBox) -> Iterator[RecordWriter]:
    writer = RecordWriter(tls_box.folder / FILE_NAME)
    writer.start()
    yield writer
    writer.stop()


@pytest.mark.parametrize(
    ("evil", "language"),
    [(MARKUP, "en"), (MARKUP, "de"), (CONFUSING, "de"), (ENDLESS, "en")],
    ids=["markup-en", "markup-de", "confusing-de", "endless-en"],
)
def test_what_strangers_wrote_stays_text_on_every_page(
    tls_box: TlsBox, driver: WebDriver, url: str, writer: RecordWriter, evil: str, language: str
) -> None:
    be_called_by(writer, evil)
    name_everything(tls_box, evil)
    tls_box.gateway.snapshot = hostile(tls_box.gateway.snapshot, evil)
    tls_box.simulator.state = hostile(tls_box.simulator.state, evil)
    tls_box.gateway.publish()
    speak(driver, url, language)
    tls_box.pages.users.set_password("installer", PASSWORD, Role.INSTALLER)
    sign_in(driver, url)
    complaints(driver)
    shown = set()
    for page in PAGES:
        driver.get(url + page[1:])
        if MARK[evil] in driver.find_element(By.TAG_NAME, "body").text:
            shown.add(page)
        assert driver.execute_script(FOREIGN) == [], page
        assert complaints(driver) == [], page
    assert {"/", "/calls", "/calls/1"} <= shown


def be_called_by(writer: RecordWriter, evil: str) -> None:
    """A call from outside with that in each of its texts."""
    call = incoming(source_number=evil, source_name=evil, source_address=evil, dialled=f"extension:{evil}")
    writer.post(ended(call))
    assert writer.is_written(DEADLINE_S)


def name_everything(tls_box: TlsBox, evil: str) -> None:
    """Each text that can be set, as far as the settings take it."""
    name = "".join(character for character in evil if character.isprintable())[:40]
    tls_box.gateway.desk.set({"telephones/1/name": name, "extensions/201/name": name})
    tls_box.gateway.desk.set(
        {"trunks/-": {"name": "main", "domain": "sip.example.org", "username": "4930", "caller_name": name}}
    )
