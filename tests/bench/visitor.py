"""Somebody who is signed in at the page, over plain HTTP on loopback. Knows no page but the two that let in."""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

from firmware.setup_code import SetupCodes
from tests.support.box import Box
from tests.support.waiting import until
from tests.support.web import PASSWORD

_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
_URL_S = 20.0
_ANSWER_S = 30.0
_FORM = "application/x-www-form-urlencoded"
_BORDER = "canary-of-the-border"


def page_of(box: Box) -> str:
    """The page's address, once there is an installer who can sign in: its first visitor, with the box's code."""
    address = box.folder / "run" / "web.url"
    until(address.exists, _URL_S, "the page's address")
    url = address.read_text().strip()
    codes = SetupCodes(box.folder)
    if codes.is_due:
        with Visitor(url) as visitor:
            visitor.post("/setup", code=codes.make().grouped, password=PASSWORD, again=PASSWORD)
    return url


class Visitor:
    """One browser without a screen. AssertionError where an answer is another than the one that is wanted."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_ANSWER_S)
        self._cookies: dict[str, str] = {}

    def sign_in(self) -> Self:
        """As the installer."""
        self.post("/sign-in", name="installer", password=PASSWORD)
        return self

    def get(self, path: str) -> bytes:
        """What is shown there."""
        with self._ask("GET", path, 200) as answer:
            return answer.read()

    def post(self, path: str, **fields: str) -> None:
        """Fill the form that is shown at that path, and be led on."""
        body = urlencode({"token": self._token(path), **fields})
        with self._ask("POST", path, 303, body) as answer:
            answer.read()

    def press(self, path: str, **fields: str) -> bytes:
        """Use a form of any page; what is shown then."""
        with self._ask("POST", path, 200, urlencode({"token": self._token("/account"), **fields})) as answer:
            return answer.read()

    def upload(self, path: str, name: str, file: bytes, **fields: str) -> None:
        """The same with a text file (RFC 7578), and be led on."""
        parts = [(f'name="{field}"', value) for field, value in {"token": self._token("/account"), **fields}.items()]
        parts.append((f'name="{name}"; filename="{name}.txt"', file.decode()))
        lines = [f"--{_BORDER}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts]
        body = "".join(lines) + f"--{_BORDER}--\r\n"
        with self._ask("POST", path, 303, body, f"multipart/form-data; boundary={_BORDER}") as answer:
            answer.read()

    def watch(self, path: str) -> Iterator[bytes]:
        """Server-sent events, line by line, for as long as they come."""
        with self._ask("GET", path, 200) as answer:
            yield from answer

    def close(self) -> None:
        """End the connection; what is asked next opens another one."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _token(self, path: str) -> str:
        found = _TOKEN.search(self.get(path).decode())
        assert found, f"{path} shows no form"
        return found[1]

    @contextmanager
    def _ask(
        self, method: str, path: str, wanted: int, body: str = "", kind: str = _FORM
    ) -> Iterator[http.client.HTTPResponse]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        self._connection.request(method, path, body or None, headers | ({"Content-Type": kind} if body else {}))
        answer = self._connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        place = answer.headers.get("Location", "")
        assert answer.status == wanted, f"{method} {path}: {answer.status} {answer.reason} {place}".rstrip()
        yield answer
