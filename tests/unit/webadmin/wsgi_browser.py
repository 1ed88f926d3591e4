"""A browser that speaks WSGI: cookies, forms, uploads, and answers that come bit by bit."""

import io
import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from firmware.records import CallRecords
from firmware.setup_code import SetupCodes
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role


class Answer:
    """What the page answered. `blocks` is the body as it comes; reading `text` takes all of it."""

    def __init__(self, status: int, headers: list[tuple[str, str]], blocks: Iterable[bytes]) -> None:
        self.status = status
        self.header_list = headers
        self.headers = {name.lower(): value for name, value in headers}
        self._blocks = blocks
        self._iterator = iter(blocks)

    @property
    def text(self) -> str:
        try:
            return b"".join(self._iterator).decode()
        finally:
            self.close()

    def read(self, size: int) -> bytes:
        """The next `size` bytes or a little more."""
        body = b""
        while len(body) < size:
            body += next(self._iterator)
        return body

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()


def pages_of(run: Path) -> Pages:
    """The page of the box whose folder `run` lies in."""
    return Pages(run.parent, SetupCodes(run.parent), records=CallRecords(run.parent / "records.db"))


class Browser:
    """Asks a WSGI application as a browser does that shows its page; signed in unless `role` says otherwise."""

    def __init__(
        self, pages: Pages, host: str = "127.0.0.1:8080", role: Role = Role.INSTALLER, extension: str = ""
    ) -> None:
        self._pages = pages
        self.host = host
        self.cookies: dict[str, str] = {}
        if role is not Role.ANYBODY:
            self.cookies["twinline"] = pages.sessions.open(extension or "installer", role, extension).id

    @property
    def cookie(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str, **environ: str) -> Answer:
        return self.ask("GET", path, b"", **environ)

    def post(self, path: str, form: dict[str, str] | bytes, **environ: str) -> Answer:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        same = {"HTTP_ORIGIN": f"http://{self.host}", "HTTP_SEC_FETCH_SITE": "same-origin"}
        return self.ask("POST", path, body, **{**same, **environ})

    def press(self, path: str, **form: str) -> Answer:
        """Post a form of the page, with its token."""
        return self.post(path, {"token": self.token(), **form})

    def upload(self, path: str, files: dict[str, bytes], **form: str) -> Answer:
        """Post a form of the page with files, as browsers do (RFC 7578)."""
        parts = [(f'name="{name}"', value.encode()) for name, value in {"token": self.token(), **form}.items()]
        parts += [(f'name="{name}"; filename="{name}.txt"', data) for name, data in files.items()]
        body = b"".join(
            b"--canary\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), data)
            for head, data in parts
        )
        return self.post(path, body + b"--canary--\r\n", CONTENT_TYPE="multipart/form-data; boundary=canary")

    def fill(self, path: str, form: dict[str, str], at: str = "") -> Answer:
        """Post the form of the page at `path`, as it stands there but for `form`."""
        text = self.get(path).text
        return self.post(at or path, {**fields_in(text), **form})

    def token(self) -> str:
        """What the forms shown to this browser carry."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.get("/account").text)
        assert found, "the page has no form"
        return found[1]

    def ask(self, method: str, path: str, body: bytes, **more: str) -> Answer:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "x",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": self.host,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": self.cookie,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            **more,
        }
        told: list[Any] = []
        blocks = self._pages.wsgi(environ, lambda status, headers, *_: told.extend((int(status[:3]), headers)))
        self._keep_cookies(told[1])
        return Answer(told[0], told[1], blocks)

    def _keep_cookies(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
                if "max-age=0" in value.lower():
                    del self.cookies[cookie]


def fields_in(html: str) -> dict[str, str]:
    """What the forms of a page would send as they stand (buttons left out)."""
    form: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = 'type="checkbox"' in tag and " checked" not in tag
        if name and not is_off:
            form.setdefault(name[1], unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)<', html):
        form[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        form[name] = unescape(chosen[1]) if chosen else ""
    return form
