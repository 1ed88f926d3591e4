"""What calls outside have cost and which were refused, on the page, in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.webadmin.language import speaking
from firmware.webadmin.roles import Role
from firmware.webadmin.said import retold
from tests.unit.webadmin.stand_ins import Gateway
from tests.unit.webadmin.wsgi_browser import Browser, pages_of

NUMBERING = Path(__file__).parents[3] / "firmware" / "telephony" / "numbering"
FENCE = {
    "hour_calls": 3,
    "hour_calls_max": 60,
    "day_minutes": 12.0,
    "day_minutes_max": 600,
    "day_money": 1.5,
    "day_money_max": 10.0,
    "refusals": [
        {"at": 1.8e9, "extension": "101", "trunk": "", "number": "0900<b>1</b>", "words": "the number is barred"},
        {
            "at": 1e300,
            "extension": "",
            "trunk": "main",
            "number": 7,
            "words": "calls to the country CU are not allowed",
        },
    ],
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "run").mkdir()
    with Gateway(tmp_path / "run") as gateway:
        gateway.snapshot["fence"] = FENCE
        yield gateway


@pytest.fixture
def browser(gateway: Gateway, tmp_path: Path) -> Browser:
    return Browser(pages_of(tmp_path / "run"))


def test_what_is_used_of_each_limit_is_shown(browser: Browser) -> None:
    text = browser.get("/calls/spent").text
    for used, most in (("3", "60"), ("12", "600"), ("1.50", "10.00")):
        assert f'<td class="figure">{used}</td><td class="figure">{most}</td>' in text


def test_refusals_are_shown_with_their_number_as_text_and_in_the_visitors_language(browser: Browser) -> None:
    text = browser.get("/calls/spent", HTTP_ACCEPT_LANGUAGE="de").text
    assert "0900&lt;b&gt;1" in text and "<b>1" not in text
    assert "Die Nummer ist gesperrt" in text and "Anrufe dorthin sind nicht erlaubt: das Land CU" in text


@pytest.mark.parametrize("fence", [None, [], {"refusals": "x"}, {"hour_calls": "many", "refusals": [{"at": "now"}]}])
def test_a_strange_snapshot_shows_little_and_breaks_nothing(browser: Browser, gateway: Gateway, fence: object) -> None:
    gateway.snapshot["fence"] = fence
    assert browser.get("/calls/spent").status == 200


def test_a_resident_does_not_see_what_others_spent(gateway: Gateway, tmp_path: Path) -> None:
    resident = Browser(pages_of(tmp_path / "run"), role=Role.RESIDENT, extension="101")
    assert resident.get("/calls/spent").status in (303, 403)


def test_whatever_the_fence_says_can_be_retold() -> None:
    """Each sentence that it returns is translated, with values in it too."""
    said = set()
    for node in ast.walk(ast.parse((NUMBERING / "fence.py").read_text())):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            said.add(shape(node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Denied" and node.args:
            said.add(shape(node.args[0]))
    said -= {"", "+{}"}
    assert len(said) >= 8
    with speaking("de"):
        assert [
            sentence for sentence in said if retold(sentence.replace("{}", "7")) == sentence.replace("{}", "7")
        ] == []


def shape(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
