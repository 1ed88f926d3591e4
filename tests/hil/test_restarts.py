"""A gateway that is killed, and settings files that are broken: the box is back and says what is wrong."""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.control import Unreachable
from firmware.records import FILE_NAME, CallRecords, Span, TrunkState
from firmware.setup_code import SetupCodes
from tests.support.box import Box, Refused
from tests.support.scenes import assert_talking, calm, changed, connect, gateway_pid, kill_gateway
from tests.support.waiting import until
from tests.support.web import PASSWORD

SETTINGS = {
    "country": "UK",  # hanging up is seen soonest
    "dialling/digit_map": "[2-9]xxxxxx",  # no outside number begins like an extension
}
BACK_S = 2.0
TRIES = 3


def test_a_killed_gateway_is_back_within_two_seconds_and_telephones_work(box: Box, tmp_path: Path) -> None:
    fastest_s = 60.0
    for _ in range(TRIES):  # the machine may be busy with other things; the box must not be
        connect(box)
        fastest_s = min(fastest_s, _kill_and_wait(box))
        calm(box)
        if fastest_s < BACK_S:
            break
    assert fastest_s < BACK_S
    connect(box)
    assert_talking(box.phone(1), box.phone(2), tmp_path)


def test_a_lifted_telephone_gets_dial_tone_from_the_new_gateway(box: Box) -> None:
    box.phone(2).lift()  # the first one is joined to the outside line meanwhile
    box.phone(2).wait_tone("dial")
    _kill_and_wait(box)
    box.wait_line("fxs2", "dial-tone")
    box.phone(2).wait_tone("dial")
    assert box.calls() == []


def test_what_was_known_of_a_trunk_ends_when_the_gateway_dies_and_begins_anew(box: Box) -> None:
    def states() -> list[TrunkState]:
        return list(CallRecords(box.folder / FILE_NAME).trunk_states(Span(0, time.time() + 60)))

    until(lambda: [state.ended_at for state in states()][-1:] == [None], 10, "the outside line is watched")
    known = len(states())
    _kill_and_wait(box)
    until(lambda: len(states()) > known and states()[-1].ended_at is None, 10, "it is watched again")
    before, after = states()[known - 1], states()[known]
    assert before.trunk == after.trunk == "line:1"
    assert before.ended_at is not None and before.began_at <= before.ended_at <= after.began_at


def test_a_change_of_settings_drops_no_call(box: Box, tmp_path: Path) -> None:
    connect(box)
    changes = {
        "country": "DE",
        "telephones__1__extension": "777",
        "audio__block_ms": 20,
        "calls__voice_channels": 1,
        "codecs": ["pcma"],
        "dialling__pause_s": 2.0,
    }
    with changed(box, **changes):
        assert_talking(box.phone(1), box.phone(2), tmp_path)
        assert [call["state"] for call in box.calls()] == ["talking"]
    assert_talking(box.phone(1), box.phone(2), tmp_path)


def test_settings_that_make_no_sense_are_refused_in_words_and_change_nothing(box: Box) -> None:
    before = box.gateway.call("settings.dump")
    with pytest.raises(Refused) as refusal:
        box.set(calls__voice_channels=0, telephones__1__extension="x", country="DE")
    assert "calls/voice_channels" in str(refusal.value) and "telephones/1/extension" in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        box.set(country="XX")
    assert "country" in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        box.set(dialling__digit_map="((")
    assert "digit map, character 1" in str(refusal.value)
    assert box.gateway.call("settings.dump") == before


# ---- broken files --------------------------------------------------------------------------------------


def half(path: Path) -> None:
    """The power went while somebody else's program wrote it."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff" * 500)


def newer(path: Path) -> None:
    """From a box of the future."""
    document = json.loads(path.read_text())
    (values,) = document["settings"].values()
    values["schema"] = 99
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("spoil", "words", "kept"),
    [(half, "settings.json", "corrupt"), (garbage, "settings.json", "corrupt"), (newer, "newer", "")],
    ids=["half written", "garbage", "newer"],
)
def test_a_box_with_a_spoilt_settings_file_runs_and_says_so(
    tmp_path: Path, spoil: Callable[[Path], None], words: str, kept: str
) -> None:
    box = Box(tmp_path / "box", {"country": "DE"})
    file = box.folder / "settings.json"
    box.start()
    try:
        visitor = _first_visitor(box)
        box.set(country="UK")  # what was before is kept as a backup
        spoil(file)
        spoilt = file.read_bytes()
        _kill_and_wait(box)
        (entry,) = [entry for entry in box.status()["health"] if entry["part"] == "settings"]
        assert words in entry["text"]
        assert box.log.count(f"settings: {entry['text']}") == 1
        assert box.status()["country"] in ("DE", "UK"), "the settings before it are in use"
        box.phone(1).lift()
        box.phone(1).wait_tone("dial")
        _assert_shown_on_the_page(visitor, box, words)
        if kept:
            assert any(kept in name.name for name in box.folder.iterdir()), "it is kept for whoever can read it"
        else:
            assert file.read_bytes() == spoilt, "it is not touched"
    finally:
        box.stop()


def _kill_and_wait(box: Box) -> float:
    """Seconds until another gateway has all lines."""
    dead = kill_gateway(box)
    killed_at = time.monotonic()
    until(lambda: _has_other_gateway(box, dead), 20, "another gateway has all lines")
    return time.monotonic() - killed_at


def _has_other_gateway(box: Box, dead: int) -> bool:
    try:
        return gateway_pid(box) != dead and box.is_ready()
    except (AssertionError, Unreachable):
        return False


def _url(box: Box) -> str:
    file = box.folder / "run" / "web.url"
    until(file.exists, 10, "the page is there")
    return file.read_text().strip()


def _first_visitor(box: Box) -> urllib.request.OpenerDirector:
    """Somebody who has set the page up, and stays signed in."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with visitor.open(f"{_url(box)}setup", timeout=5) as page:
        token = page.read().decode().partition('name="token" value="')[2].partition('"')[0]
    fields = {"token": token, "name": "installer", "code": SetupCodes(box.folder).make().grouped}
    fields |= {"password": PASSWORD, "again": PASSWORD}
    visitor.open(f"{_url(box)}setup", urllib.parse.urlencode(fields).encode(), timeout=10).close()
    return visitor


def _assert_shown_on_the_page(visitor: urllib.request.OpenerDirector, box: Box, words: str) -> None:
    def is_shown() -> bool:
        with visitor.open(_url(box), timeout=5) as page:
            return words in page.read().decode()

    until(is_shown, 5, f"the page says: {words}")
