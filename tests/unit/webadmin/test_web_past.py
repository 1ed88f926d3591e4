"""What happened, on the page and in the API: who sees what, filters, pages, tables, a call's own page, graphs."""

import csv
import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.records import CallRecord, LineSample, Quality, RecordWriter
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role
from tests.unit.records.making import WAIT_S, ended, incoming, outgoing
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.test_web_api import Program
from tests.unit.webadmin.wsgi_browser import Browser, pages_of

SOUND = Quality("PCMA", 1.25, 12.0, 40.0, 3.91)
HOSTILE = "=HYPERLINK(1)<script>"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """The calls of 120 minutes: every other one from outside to 11, each fifth of those missed; the rest 12's."""
    (tmp_path / "run").mkdir()
    writer = RecordWriter(tmp_path / "records.db")
    writer.start()
    for number in range(120):
        writer.post(call(number))
    writer.post(replace(call(0), id="old", started_at=1_700_000_000.0))
    writer.trunk_state("main", "registered", "")
    writer.trunk_state("main", "waiting", "no answer from <b>")
    for minute in range(5):
        writer.line_sample(LineSample("fxs1", time.time() - 60 * minute, 24.0, 4.0, 1, 7.0))
    assert writer.is_written(WAIT_S)
    writer.stop()
    with Gateway(tmp_path / "run"):
        yield pages_of(tmp_path / "run")


def call(number: int) -> CallRecord:
    at = time.time() - 7200 + 60 * number
    if number % 2:
        record = outgoing(str(number), started_at=at, source_number="12", source_extension="12", source_name="")
        return ended(replace(record, destination_quality=SOUND, history=("forwarded:12", "strange:<i>")))
    record = incoming(str(number), started_at=at, source_name=HOSTILE)
    is_missed = number % 10 == 0
    return ended(record, talked_s=None if is_missed else 60.0, cause="NO_ANSWER" if is_missed else "NORMAL")


@pytest.fixture
def resident(pages: Pages) -> Browser:
    return Browser(pages, role=Role.RESIDENT, extension="12")


def listed(text: str) -> list[str]:
    return re.findall(r'href="/calls/(\d+)"', text)


def walked(browser: Browser, query: str = "") -> list[str]:
    """The keys of all pages, as somebody finds them who goes on to the last."""
    found: list[str] = []
    path: str | None = f"/calls?{query}"
    while path:
        text = browser.get(path).text
        found += listed(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = older[1].replace("&amp;", "&") if older else None
    return found


def table(browser: Browser, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/calls.csv?{query}")
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 121), ("q=%2B49891", 61), ("q=(12)", 60), ("direction=out", 60), ("outcome=missed", 13),
        ("outcome=answered", 108), ("outcome=unanswered", 0), ("cause=NO_ANSWER", 13), ("extension=12", 60),
        ("extension=11&outcome=missed", 13), ("to=2024-01-01", 1), ("from=2023-11-01&to=2023-11-30", 1),
        ("from=2024-01-01", 120), ("direction=in&cause=NORMAL&from=2024-01-01", 48),
    ],
)  # fmt: skip
def test_what_is_filtered_is_paged_and_is_the_table_that_is_taken(browser: Browser, query: str, count: int) -> None:
    keys = walked(browser, query)
    assert len(keys) == count == len(set(keys))
    assert len(table(browser, query)) == count
    words = f"{count} call{'' if count == 1 else 's'}<"
    assert words in browser.get(f"/calls?{query}").text


def test_a_page_holds_fifty_and_leads_back_to_the_newest(browser: Browser) -> None:
    first = browser.get("/calls?direction=out").text
    assert len(listed(first)) == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = browser.get(older[1].replace("&amp;", "&")).text
    assert len(listed(second)) == 10 and 'href="/calls?direction=out">Newest' in second
    assert '<option value="out" selected>' in second


def test_a_filter_that_means_nothing_is_said_and_left_out(browser: Browser) -> None:
    answer = browser.get("/calls?direction=up&from=yesterday&cause=%3Cscript%3E&before=x")
    assert answer.status == 422
    text = answer.text
    assert "could not be understood" in text and "<script>" not in text and "121 calls" in text
    assert browser.get("/calls.csv?outcome=none").status == 400


def test_no_table_is_a_formula_and_no_text_is_a_script(browser: Browser) -> None:
    assert "<script>" not in browser.get("/calls").text
    assert {row["source name"] for row in table(browser, "direction=in")} == {f"'{HOSTILE}"}


def test_tables_that_are_left_in_the_middle_let_others_take_theirs(browser: Browser) -> None:
    for _ in range(5):
        browser.get("/calls.csv").close()
    held = [browser.get("/calls.csv") for _ in range(2)]
    assert browser.get("/calls.csv").status == 503
    for answer in held:
        answer.close()
    assert browser.get("/calls.csv").status == 200


def test_a_resident_sees_the_own_calls_and_nothing_of_the_box(browser: Browser, resident: Browser) -> None:
    own, every = walked(resident), walked(browser)
    assert len(own) == 60 and set(own) < set(every)
    assert walked(resident, "extension=11") == own, "whatever the address says"
    assert {row["source extension"] for row in table(resident, "extension=11")} == {"12"}
    assert resident.get(f"/calls/{own[0]}").status == 200
    foreign = next(key for key in every if key not in own)
    assert resident.get(f"/calls/{foreign}").status == 404
    text = resident.get("/statistics").text
    assert "60 calls" in text and "Trunks over time" not in text and "Echo taken out" not in text


def test_a_resident_without_an_extension_sees_no_call(pages: Pages) -> None:
    nobody = Browser(pages, role=Role.RESIDENT)
    assert (walked(nobody), table(nobody)) == ([], [])
    assert "There are no calls" in nobody.get("/statistics").text and nobody.get("/calls/1").status == 404


def test_a_calls_own_page_holds_everything_in_words(browser: Browser) -> None:
    text = browser.get(f"/calls/{walked(browser, 'direction=out')[0]}").text
    for words in (
        "To outside", "Hung up", "Q.850: 16", "fxs1", "main", "+4930123456", "PCMA", "1.25 %", "12.0 ms", "40.0 ms",
        "3.91", "sounded fair", "Forwarded by 12", "Strange:&lt;i&gt;", "Sound of each call (MOS)", "this call",
    ):  # fmt: skip
        assert words in text, words
    missed = browser.get(f"/calls/{walked(browser, 'outcome=missed')[0]}").text
    assert "Missed: no answer" in missed and "not answered" in missed and "<svg viewBox" not in missed.split("<main")[1]
    assert browser.get("/calls/999999").status == 404


@pytest.mark.parametrize("range", ["24h", "7d", "30d"])
def test_every_graph_has_a_name_a_description_and_a_table(browser: Browser, range: str) -> None:
    text = browser.get(f"/statistics?range={range}").text
    graphs = re.findall(r'<figure class="graph".*?</figure>', text, re.S)
    assert len(graphs) == (8 if range == "24h" else 9)
    for graph in graphs:
        assert re.search(r'role="img" aria-labelledby="(\w+)-title \1-desc"', graph), graph[:300]
        assert graph.count("<details>") == 1 and "<td" in graph and "style=" not in graph
    assert "120 calls" in text and "No answer from &lt;b&gt;" in text and "Telephone 1" in text
    assert len(set(re.findall(r'id="(\w+)-title"', text))) == len(graphs)


def test_the_overview_shows_the_calls_of_the_day(browser: Browser) -> None:
    assert "Calls by hour" in browser.get("/").text
    assert browser.get("/statistics?range=1y").status == 404


def test_records_that_cannot_be_read_are_said_in_words(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "records.db").write_bytes(b"no database" * 1000)
    for path in ("/calls", "/calls/1", "/calls.csv", "/statistics"):
        answer = browser.get(path)
        assert (answer.status, "call records cannot be read" in answer.text) == (503, True)
    assert "Calls now" in browser.get("/").text


def test_the_api_has_the_same(pages: Pages) -> None:
    installer = Program(pages, pages.users.make_token("house", Role.INSTALLER))
    found: list[dict[str, Any]] = []
    before: str | None = ""
    while before is not None:
        status, told = installer.ask("GET", f"/api/v1/records/calls?direction=out&before={before}")
        assert status == 200
        found, before = found + told["calls"], told["before"]
    assert len(found) == 60 and {row["direction"] for row in found} == {"out"}
    assert installer.ask("GET", f"/api/v1/records/calls/{found[0]['key']}") == (200, found[0])
    assert found[0]["destination_quality"]["mos"] == 3.91
    for query in ("direction=up", "from=x", "before=x", "cause=x"):
        assert installer.ask("GET", f"/api/v1/records/calls?{query}")[0] == 400
    status, figures = installer.ask("GET", "/api/v1/records/statistics?range=7d")
    assert status == 200 and sum(row["calls"] for row in figures["calls"]) == 120
    assert [row["state"] for row in figures["trunks"]] == ["registered", "waiting"]
    assert figures["lines"][0]["erle_db"] == 24.0 and len(figures["sounds"]) == 60
    assert installer.ask("GET", "/api/v1/records/statistics?range=x")[0] == 400


def test_a_residents_token_shows_the_own_calls(pages: Pages) -> None:
    own = Program(pages, pages.users.make_token("mine", Role.RESIDENT, "12"))
    every = Program(pages, pages.users.make_token("house", Role.INSTALLER))
    calls = own.ask("GET", "/api/v1/records/calls?extension=11")[1]["calls"]
    assert {row["source_extension"] for row in calls} == {"12"}
    foreign = every.ask("GET", "/api/v1/records/calls?direction=in")[1]["calls"][0]["key"]
    assert own.ask("GET", f"/api/v1/records/calls/{foreign}")[0] == 404
    figures = own.ask("GET", "/api/v1/records/statistics")[1]
    assert {row["direction"] for row in figures["calls"]} == {"out"} and "trunks" not in figures
