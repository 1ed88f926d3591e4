"""Passwords: what may be one, and how it is kept. Knows no user."""

import re
import threading
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret_raw

from firmware.webadmin.language import N_

LENGTH_MIN = 12
LENGTH_MAX = 256  # bounds what one check costs
_SHORTEST_PERIOD = 4  # "abcdabcdabcd" is no better than "abcd"

# RFC 9106 asks for as much memory as can be had; a Pi has calls to carry, so OWASP's smaller set: 19 MiB, 2 passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_one_at_a_time = threading.Lock()  # 28 threads of the server would take half a gigabyte at once

_COMMON_TEXT = """password passwort passw0rd kennwort letmein welcome willkommen admin administrator installer
telephone telefon twinline qwerty qwertz qwertyuiop qwertzuiop asdfgh asdfghjkl zxcvbnm yxcvbnm
iloveyou ichliebedich monkey dragon master
football fussball baseball basketball superman batman sunshine sonnenschein princess prinzessin shadow schatz freedom
hallo hello hallohallo changeme secret geheim default login access trustno1 whatever starwars pokemon computer internet
raspberry raspberrypi fritzbox router gateway michael michelle jennifer jessica ashley daniel andreas thomas christian
summer winter sommer spring autumn herbst january januar correcthorsebatterystaple"""
_COMMON = sorted(_COMMON_TEXT.split(), key=len, reverse=True)
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
         "qwertzuiopasdfghjklyxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
         "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0")  # fmt: skip
_LOOKALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def objection(password: str) -> str:
    """Why this cannot be a password, as a message to translate; "" when it can."""
    if len(password) < LENGTH_MIN:
        return N_("The password needs 12 characters or more. A few words in a row are easy to remember.")
    if len(password) > LENGTH_MAX:
        return N_("The password may have 256 characters at most.")
    if _is_common(password.casefold()):
        return N_("This password is one of the first that people guess. Please choose another.")
    return ""


def hashed(password: str) -> str:
    """What is kept of a password: argon2id with its own salt."""
    with _one_at_a_time:
        return _HASHER.hash(password)


def is_right(kept: str, password: str) -> bool:
    """Whether the password is the one that was kept; an empty `kept` takes as long, and is never right."""
    try:
        with _one_at_a_time:
            return _HASHER.verify(kept or _nobodys(), password[:LENGTH_MAX]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def keys_of(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    """Two keys of 32 bytes. It may be guessed at leisure, on other machines: more memory and passes than a sign-in."""
    with _one_at_a_time:
        both = hash_secret_raw(
            passphrase.encode(), salt, time_cost=3, memory_cost=64 * 1024, parallelism=1, hash_len=64, type=Type.ID
        )
    return both[:32], both[32:]


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")


def _is_common(password: str) -> bool:
    if any(_repeats(password, period) for period in range(1, _SHORTEST_PERIOD + 1)):
        return True
    if any(password in run * 2 or password in run[::-1] * 2 for run in _RUNS):
        return True
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", password)
    plain = re.sub(r"[^a-z]", "", core.translate(_LOOKALIKES))
    return any(_is_made_of_common(text) for text in (core, plain)) or not re.search(r"\D", password)


def _is_made_of_common(text: str) -> bool:
    """Common words in a row, and nothing else: "password", "hellohello", "adminpassword"."""
    return re.fullmatch(rf"(?:{'|'.join(_COMMON)}){{1,4}}[a-z]{{0,2}}", text) is not None


def _repeats(text: str, period: int) -> bool:
    return text == (text[:period] * len(text))[: len(text)]
