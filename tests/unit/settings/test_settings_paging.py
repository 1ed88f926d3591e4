"""A few of many entries: found by what people wrote, cut, masked, and without holding up others."""

import pytest

from firmware.settings import MASK, Settings, SettingsRefused
from firmware.settings.paging import COUNT_MAX, Pages
from firmware.settings.revision import Revision, revise

ROOMS = Settings.model_validate(
    {
        "extensions": {
            str(200 + number): {"name": f"Room {number}", "password": f"canary-{number}"} for number in range(700)
        },
        "trunks": [{"name": "main", "domain": "sip.example", "username": "u"}],
    }
)


def keys(query: str, start: int = 0, count: int = 50) -> tuple[int, list[str]]:
    page = Pages(rest=lambda: None).page(ROOMS, "extensions", query, start, count)
    return page.total, [key for key, _entry in page.entries]


def test_entries_are_found_by_their_key_and_by_any_text_whatever_its_case() -> None:
    assert keys("rOOM 69") == (11, ["269", *map(str, range(890, 900))])
    assert keys("899") == (1, ["899"])
    assert keys("cellar") == (0, [])


def test_pages_are_cut_and_hold_so_many_at_the_most() -> None:
    assert keys("", 698, 50) == (700, ["898", "899"])
    assert keys("room", 698, 50) == (700, ["898", "899"])
    assert keys("", 5000, 50) == (700, [])
    assert keys("", -1, 1) == (700, ["200"])
    assert len(keys("", 0, 10**9)[1]) == COUNT_MAX


def test_a_secret_is_neither_shown_nor_found() -> None:
    assert keys("canary") == (0, [])
    ((_key, entry),) = Pages().page(ROOMS, "extensions", "", 0, 1).entries
    assert isinstance(entry, dict)
    assert entry["password"] == MASK


def test_a_search_rests_so_that_others_have_the_interpreter() -> None:
    rests: list[None] = []
    pages = Pages(rest=lambda: rests.append(None))
    pages.page(ROOMS, "extensions", "room", 0, 1)
    assert len(rests) == 7
    pages.page(ROOMS, "extensions", "else", 0, 1)
    assert len(rests) == 7, "what is searched is put together once"


def test_what_was_changed_is_found_at_once() -> None:
    pages = Pages(rest=lambda: None)
    assert pages.page(ROOMS, "extensions", "cellar", 0, 1).total == 0
    changed = revise(Revision(ROOMS, {}), {"extensions/200/name": "Cellar"}).settings
    assert [key for key, _entry in pages.page(changed, "extensions", "cellar", 0, 1).entries] == ["200"]


def test_lists_go_by_their_index_and_what_is_no_table_is_refused_in_words() -> None:
    ((key, entry),) = Pages().page(ROOMS, "trunks", "example", 0, 10).entries
    assert (key, isinstance(entry, dict)) == ("0", True)
    with pytest.raises(SettingsRefused, match="country: is no table"):
        Pages().page(ROOMS, "country", "", 0, 1)
    with pytest.raises(SettingsRefused, match="no such setting"):
        Pages().page(ROOMS, "nonsense", "", 0, 1)
