"""The setup code: made so that it can be read and heard, dead after use, half an hour or five wrong tries."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from firmware.setup_code import ALPHABET, LENGTH, LIFE_S, TRIES_MAX, SetupCode, SetupCodes, new_text, normalized


class Clock:
    """A machine whose time and starts the test decides."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.boot = "first"

    def codes(self, folder: Path) -> SetupCodes:
        return SetupCodes(folder, clock=lambda: self.now_s, boot=lambda: self.boot)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def other_than(code: SetupCode) -> str:
    return ("A" if code.text[0] != "A" else "C") + code.text[1:]


def test_it_has_8_characters_that_neither_look_nor_sound_like_another() -> None:
    assert len(new_text()) == LENGTH == 8
    assert not set(ALPHABET) & set("0O1ILl2Z5S8BUVDEGPTN")
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert {character for _ in range(200) for character in new_text()} == set(ALPHABET)


def test_it_is_read_in_groups_of_four() -> None:
    assert SetupCode("ACFH3467", 0, "").grouped == "ACFH-3467"


@pytest.mark.parametrize("typed", ["acfh-3467", " ACFH 3467 ", "ACFH3467", "a c f h . 3467"])
def test_people_type_it_as_they_like(typed: str) -> None:
    assert normalized(typed) == "ACFH3467"


@pytest.mark.parametrize("typed", ["", "ACFH346", "ACFH34677", "ÄCFH3467", "\0" * 8, "A" * 1_000_000])
def test_what_cannot_be_a_code_is_no_try(typed: str, tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    codes.make()
    for _ in range(TRIES_MAX + 1):
        assert not codes.take(typed)
    assert codes.current() is not None


def test_it_is_taken_once(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    code = codes.make()
    assert codes.take(code.grouped.lower())
    assert not codes.take(code.text)
    assert codes.current() is None


def test_it_lives_half_an_hour(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    code = codes.make()
    clock.now_s += LIFE_S - 1
    assert codes.current() == code
    assert codes.left_s() == 1
    clock.now_s += 1
    assert codes.current() is None
    assert not codes.take(code.text)


def test_it_does_not_outlive_a_restart_of_the_machine(tmp_path: Path, clock: Clock) -> None:
    code = clock.codes(tmp_path).make()
    clock.boot, clock.now_s = "second", 1001.0
    assert not clock.codes(tmp_path).take(code.text)


def test_five_wrong_tries_kill_it(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    code = codes.make()
    for _ in range(TRIES_MAX):
        assert codes.current() is not None
        assert not codes.take(other_than(code))
    assert not codes.take(code.text)
    assert codes.current() is None


def test_four_wrong_tries_do_not(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    code = codes.make()
    for _ in range(TRIES_MAX - 1):
        codes.take(other_than(code))
    assert codes.take(code.text)


def test_a_new_one_replaces_the_old_and_its_tries(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    old = codes.make()
    codes.take(other_than(old))
    new = codes.make()
    assert new.wrong_tries == 0
    assert codes.current() == new
    assert not codes.take(old.text)


def test_asking_again_tells_the_same_one_while_it_lives(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    assert codes.ensure() == codes.ensure()
    first = codes.ensure()
    clock.now_s += LIFE_S
    assert codes.ensure() != first


def test_once_the_box_is_set_up_none_is_made_by_itself(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    assert codes.is_due
    code = codes.make()
    codes.finish()
    assert not codes.is_due
    assert codes.ensure() is None
    assert not codes.take(code.text)
    assert code.text not in "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())


def test_who_is_locked_out_makes_one_at_the_box(tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    codes.finish()
    assert codes.take(codes.make().text)


def test_only_its_owner_can_read_it(tmp_path: Path, clock: Clock) -> None:
    clock.codes(tmp_path).make()
    [path] = tmp_path.rglob("setup-code.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"text": 1}', b"\xff" * 5000, b'{"text":"A","made_at_s":"x"}'])
def test_a_broken_file_is_no_code(content: bytes, tmp_path: Path, clock: Clock) -> None:
    codes = clock.codes(tmp_path)
    codes.make()
    [path] = tmp_path.rglob("setup-code.json")
    path.write_bytes(content)
    assert codes.current() is None
    assert not codes.take("ACFH3467")
    assert codes.ensure() is not None


def _try_once(folder: Path, text: str, results: "multiprocessing.SimpleQueue[bool]") -> None:
    results.put(SetupCodes(folder).take(text))


def test_two_processes_that_come_at_once_do_not_both_get_in(tmp_path: Path) -> None:
    code = SetupCodes(tmp_path).make()
    spawn = multiprocessing.get_context("fork")
    results: multiprocessing.SimpleQueue[bool] = spawn.SimpleQueue()
    tries = [spawn.Process(target=_try_once, args=(tmp_path, code.text, results)) for _ in range(4)]
    for process in tries:
        process.start()
    for process in tries:
        process.join(10)
    assert sorted(results.get() for _ in tries) == [False, False, False, True]
    results.close()
