"""Users and API tokens in a file of their own, which no change of settings touches. Knows no page."""

import hashlib
import hmac
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from firmware.settings.durable import DurableFile
from firmware.webadmin.access import passwords
from firmware.webadmin.roles import NAMES, Role, role_named

_LOG = logging.getLogger(__name__)

INSTALLER = "installer"
EXTENSION = re.compile(r"[0-9]{2,6}")
USERS_MAX = 200  # a box with more residents is no box of ours; bounds the file
TOKENS_MAX = 50
_FILE_BYTES_MAX = 1 << 20
_TOKEN_BYTES = 32
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in. A resident's name is the extension."""

    name: str
    role: Role
    extension: str
    hash: str


@dataclass(frozen=True, slots=True)
class Token:
    """Something that may use the API. What is kept is SHA-256: the token has 256 bits, nobody guesses it."""

    id: str
    name: str
    role: Role
    extension: str
    hash: str
    made_at: int


@dataclass(frozen=True, slots=True)
class _Known:
    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()


class Users:
    """`users.json` in `folder`, mode 0600. May be used from any thread."""

    def __init__(self, folder: Path) -> None:
        self._file = DurableFile(folder / "users.json")
        self._lock = threading.Lock()
        self._known = self._read()

    @property
    def is_empty(self) -> bool:
        """Whether nobody can sign in yet."""
        return not any(user.role is Role.INSTALLER for user in self._known.users)

    @property
    def residents(self) -> tuple[User, ...]:
        """By extension."""
        found = (user for user in self._known.users if user.role is Role.RESIDENT)
        return tuple(sorted(found, key=lambda user: user.extension))

    @property
    def tokens(self) -> tuple[Token, ...]:
        """As they were made."""
        return self._known.tokens

    def check(self, name: str, password: str) -> User | None:
        """The user, if the password is right. Takes as long for a name that nobody has."""
        user = next((user for user in self._known.users if user.name == name), None)
        return user if passwords.is_right(user.hash if user else "", password) else None

    def set_password(self, name: str, password: str, role: Role, extension: str = "") -> None:
        """Make the user, or give another password. Raises OSError, ValueError when there are too many."""
        user = User(name, role, extension, passwords.hashed(password))
        with self._lock:
            others = tuple(other for other in self._known.users if other.name != name)
            if len(others) >= USERS_MAX:
                raise ValueError("too many users")
            self._keep(replace(self._known, users=(*others, user)))

    def remove(self, name: str) -> None:
        """The user is gone, with the tokens of that extension. Raises OSError."""
        with self._lock:
            gone = {user.extension for user in self._known.users if user.name == name}
            users = tuple(user for user in self._known.users if user.name != name)
            tokens = tuple(token for token in self._known.tokens if not token.extension or token.extension not in gone)
            self._keep(_Known(users, tokens))

    def others(self) -> dict[str, object]:
        """Residents and tokens, as a backup keeps them: hashes only. The installer's password stays with its box."""
        return _document(_Known(self.residents, self._known.tokens))

    def bring_back(self, document: Mapping[str, object]) -> frozenset[str]:
        """Residents and tokens are those of a backup; returns who has to sign in anew.

        Raises OSError, and ValueError, KeyError, TypeError for what is no such document.
        """
        known = _parsed(document)
        with self._lock:
            installers = tuple(user for user in self._known.users if user.role is Role.INSTALLER)
            residents = tuple(user for user in known.users if user.role is Role.RESIDENT)
            gone = frozenset(user.name for user in self._known.users if user not in (*installers, *residents))
            self._keep(_Known((*installers, *residents), known.tokens))
        return gone

    def make_token(self, name: str, role: Role, extension: str = "") -> str:
        """A new token, told this once. Raises OSError, ValueError when there are too many."""
        secret = secrets.token_urlsafe(_TOKEN_BYTES)
        token = Token(secrets.token_hex(4), name, role, extension, _digest(secret), int(time.time()))
        with self._lock:
            if len(self._known.tokens) >= TOKENS_MAX:
                raise ValueError("too many tokens")
            self._keep(replace(self._known, tokens=(*self._known.tokens, token)))
        return secret

    def remove_token(self, id: str) -> None:
        """It opens nothing any more. Raises OSError."""
        with self._lock:
            tokens = tuple(token for token in self._known.tokens if token.id != id)
            self._keep(replace(self._known, tokens=tokens))

    def of_token(self, secret: str) -> Token | None:
        """Whose token this is."""
        digest = _digest(secret)
        found = [token for token in self._known.tokens if hmac.compare_digest(token.hash, digest)]
        return found[0] if found else None

    def _keep(self, known: _Known) -> None:
        with self._file.locked():
            self._file.replace(json.dumps(_document(known), indent=1).encode() + b"\n")
        self._known = known

    def _read(self) -> _Known:
        """A broken file lets nobody in; the one before it may, and a new setup code always does."""
        for path in (self._file.path, self._file.backup):
            try:
                if path.stat().st_size <= _FILE_BYTES_MAX:
                    return _parsed(json.loads(path.read_bytes()))
                _LOG.error("%s is too large to be ours", path.name)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
                _LOG.error("%s cannot be read: %s", path.name, type(error).__name__)
        return _Known()


def _document(known: _Known) -> dict[str, object]:
    return {
        "schema": _SCHEMA,
        "users": [_plain(user) for user in known.users],
        "tokens": [_plain(token) for token in known.tokens],
    }


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _plain(entry: User | Token) -> dict[str, object]:
    return {**asdict(entry), "role": NAMES[entry.role]}


def _parsed(document: Any) -> _Known:
    users = tuple(
        User(str(row["name"]), _role(row), str(row["extension"]), str(row["hash"]))
        for row in document["users"][:USERS_MAX]
    )
    tokens = tuple(
        Token(
            str(row["id"]),
            str(row["name"]),
            _role(row),
            str(row["extension"]),
            str(row["hash"]),
            int(str(row["made_at"])),
        )
        for row in document["tokens"][:TOKENS_MAX]
    )
    return _Known(users, tokens)


def _role(row: dict[str, object]) -> Role:
    role = role_named(row["role"])
    if role is None:
        raise ValueError("unknown role")
    return role
