"""Passwords: which are taken, how they are kept, and how often one may guess."""

import json
from pathlib import Path

import pytest

from firmware.webadmin.access import passwords
from firmware.webadmin.access.guesses import TOTAL_MAX, WINDOW_S, Guesses
from firmware.webadmin.access.users import Users
from firmware.webadmin.roles import Role
from tests.unit.webadmin.stand_ins import Clock

PASSWORD = "purple kettle on the roof"
OTHER = "seven slow green bicycles"


@pytest.mark.parametrize(
    "password",
    ["123456789012", "aaaaaaaaaaaaaa", "abcabcabcabcabc", "qwertyuiop123", "password1234", "P4ssw0rd!2024",
     "Passwort2024!!", "adminadminadmin", "letmeinletmein", "abcdefghijklmn", "098765432109", "1q2w3e4r5t6y",
     "twinlinetwinline", "welcomewelcome1", "111122223333", "short", "x" * 257],
)  # fmt: skip
def test_the_commonest_passwords_are_refused(password: str) -> None:
    assert passwords.objection(password)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, OTHER, "passwords are hard to find", "Äpfel, Birnen & Quitten", "xkQ7vvPz41aB", " " * 6 + "six spaces"],
)
def test_other_passwords_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert passwords.objection(password) == ""
    assert passwords.is_right(passwords.hashed(password), password)


def test_a_password_is_kept_as_argon2id_with_its_own_salt() -> None:
    one, two = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert not passwords.is_right(one, OTHER)
    assert not passwords.is_right("", PASSWORD)
    assert not passwords.is_right("garbage", PASSWORD)


def test_guesses_are_counted_by_machine_and_in_all_and_are_forgiven_after_an_hour() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    same_64 = [guesses.take(f"2001:db8::{number:x}") for number in range(1, 12)]
    assert same_64[:10] == [0.0] * 10
    assert same_64[10] == WINDOW_S
    others = [guesses.take(f"192.0.2.{number}") for number in range(1, 60)]
    assert others.count(0.0) == TOTAL_MAX - 10
    clock.now += WINDOW_S
    assert guesses.take("2001:db8::1") == 0.0


def test_right_passwords_are_no_guesses() -> None:
    guesses = Guesses(Clock())
    for _ in range(100):
        assert guesses.take("192.0.2.1") == 0.0
        guesses.give_back("192.0.2.1")


def test_users_are_kept_for_their_owner_alone_and_survive_a_broken_file(tmp_path: Path) -> None:
    users = Users(tmp_path)
    users.set_password("installer", PASSWORD, Role.INSTALLER)
    users.set_password("101", OTHER, Role.RESIDENT, "101")
    path = tmp_path / "users.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    again = Users(tmp_path)
    found = again.check("101", OTHER)
    assert found is not None
    assert (found.role, found.extension) == (Role.RESIDENT, "101")
    path.write_text("{ half")
    assert Users(tmp_path).check("installer", PASSWORD), "the file before it"
    (tmp_path / "users.json.bak").write_text("[]")
    assert Users(tmp_path).is_empty
    path.write_text(json.dumps({"schema": 1, "users": [{"name": "x", "role": "king"}], "tokens": []}))
    assert Users(tmp_path).is_empty
