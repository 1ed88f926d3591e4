"""A box to look at: real control sockets with canned answers, and a browser that speaks WSGI."""

import base64
import copy
import io
import math
import re
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from firmware.control import ControlServer, Refused
from firmware.gateway.methods import SettingsDesk
from firmware.judge import judge
from firmware.records import CallRecords
from firmware.settings.store import Store
from firmware.setup_code import SetupCodes
from firmware.webadmin.pages import Pages
from firmware.webadmin.roles import Role

SNAPSHOT: dict[str, Any] = {
    "version": "0.1.0",
    "uptime_s": 130.5,
    "country": "US",
    "is_simulated": True,
    "health": [{"severity": "warning", "part": "settings", "text": "settings.json was broken"}],
    "adapters": [
        {
            "id": "SIM-7",
            "model": "Twinline 2+1",
            "device": "run/adapter",
            "state": "ready",
            "reason": "",
            "firmware": "1.4",
            "frames": {"good": 9, "bad": 3, "lost_audio": 0, "resets": 1},
        }
    ],
    "lines": [
        {
            "line": "fxs1",
            "kind": "fxs",
            "number": 1,
            "extension": "11",
            "name": "Kitchen",
            "state": "talking",
            "peer": "12",
            "audio": {
                "up": {"depth_ms": 18.4, "target_ms": 15, "drift_ppm": 3, "slips": 0},
                "down": {"depth_ms": 21.6, "target_ms": 20, "drift_ppm": 3, "slips": 0},
                "echo": {"is_on": True, "erl_db": 12.0, "erle_db": 24.2},
                "lost_blocks": 2,
            },
        },
        {"line": "fxs2", "kind": "fxs", "number": 2, "extension": "12", "name": "", "state": "on-hook", "peer": ""},
        {"line": "fxo1", "kind": "fxo", "number": 1, "extension": "", "name": "", "state": "idle", "peer": ""},
    ],
    "trunks": [
        {"name": "main", "kind": "sip", "state": "refused", "text": "the password was refused", "retry_in_s": 30},
        {"name": "line:1", "kind": "line", "state": "ready", "text": "", "retry_in_s": None},
    ],
    "calls": [
        {
            "id": "a",
            "from": {"number": "11", "name": "Kitchen"},
            "to": {"number": "12", "name": ""},
            "state": "talking",
            "seconds": 754,
            "codec": "g722",
            "via": "",
        }
    ],
    "channels": {"used": 1, "limit": 2},
}

STATE: dict[str, Any] = {
    "adapter": {"plugged": True, "frames_sent": 17},
    "phones": [
        {"number": 1, "hook": "on-hook", "ringing": False, "caller_id": None, "tone": None},
        {"number": 2, "hook": "on-hook", "ringing": False, "caller_id": None, "tone": None},
    ],
    "lines": [{"number": 1, "hook": "on-hook", "state": "idle", "ringing": False, "dialled": "", "tone": None}],
    "now": 1.0,
}

EAR_HZ = 440.0


class Gateway:
    """Answers `status` with a snapshot that a test may change and publish, and keeps real settings."""

    def __init__(self, run: Path, port: int = 0, **more: Any) -> None:
        self.snapshot = copy.deepcopy(SNAPSHOT)
        self.store = Store(run.parent / "gateway-settings.json", judge)
        self.applied: list[Any] = []
        self.desk = SettingsDesk(self.store, self.store.update({"web/port": port}), self.applied.append)
        methods = {"get": self.desk.get, "set": self.desk.set, "dump": self.desk.dump, "page": self.desk.page}
        self.server = ControlServer(
            run / "gateway.sock",
            {
                "status": lambda: self.snapshot,
                **{f"settings.{name}": method for name, method in methods.items()},
                **more,
            },
        )

    def publish(self) -> None:
        self.server.publish("status", self.snapshot)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


class Prober:
    """A gateway's `test.run` that tells a hop, waits until `go` is set, and fails at the next."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[dict[str, Any]] = []
        self.is_up = False
        self.refuses = ""

    def __call__(self, **asked: str) -> Iterator[dict[str, str] | None]:
        if self.refuses:
            raise Refused(self.refuses)
        self.asked.append(asked)
        self.is_up = True
        try:
            yield {"hop": "telephone", "state": "done", "text": "telephone 1 is on its adapter"}
            yield {"hop": "unheard of", "state": "done", "text": "of a newer gateway"}
            while not self.go.wait(0.05):
                yield None
            yield {"hop": "ring", "state": "failed", "text": "turned away: <b>do not disturb"}
            yield {"hop": "end", "state": "done", "text": "the call has ended"}
        finally:
            self.is_up = False


class Simulator:
    """Keeps what it was told to do in `done`; its telephones hear 440 Hz."""

    def __init__(self, run: Path) -> None:
        self.state = copy.deepcopy(STATE)
        self.done: list[tuple[str, dict[str, object]]] = []
        self.listeners = 0
        self.dial_may_end = threading.Event()
        self.dial_may_end.set()
        methods = ("phone.flash", "phone.play", "line.ring", "line.stop", "line.answer", "line.hang_up", "line.play")
        self.server = ControlServer(
            run / "simulator.sock",
            {
                "state": lambda: {**self.state, "now": time.monotonic()},
                "phone.lift": lambda number: self._hook("phone.lift", number, "off-hook"),
                "phone.hang_up": lambda number: self._hook("phone.hang_up", number, "on-hook"),
                "phone.dial": self._dial,
                "phone.listen": self._listen,
                "line.listen": self._listen,
                **{name: self._noted(name) for name in methods},
            },
            max_clients=64,
        )

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.dial_may_end.set()
        self.server.stop()

    def _noted(self, name: str) -> Any:
        return lambda **params: self.done.append((name, params))

    def _hook(self, name: str, number: int, hook: str) -> None:
        if self.state["phones"][number - 1]["hook"] == hook:
            raise Refused(f"telephone {number} is {hook} already")
        self.state["phones"][number - 1]["hook"] = hook
        self.done.append((name, {"number": number}))

    def _dial(self, number: int, digits: str, pulse: bool = False) -> None:
        self.done.append(("phone.dial", {"number": number, "digits": digits, "pulse": pulse}))
        self.dial_may_end.wait(20)

    def _listen(self, number: int) -> Iterator[str | None]:
        if number > 2:
            raise Refused(f"telephone {number} does not exist")
        self.listeners += 1
        try:
            yield from _sine_blocks()
        finally:
            self.listeners -= 1


def _sine_blocks() -> Iterator[str | None]:
    start = time.monotonic()
    for block in range(100_000):
        at = [2 * math.pi * EAR_HZ * n / 8000 for n in range(block * 160, block * 160 + 160)]
        yield base64.b64encode(struct.pack("<160h", *(int(8000 * math.sin(phase)) for phase in at))).decode()
        time.sleep(max(0.0, start + block * 0.02 - time.monotonic()))


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


def hostile(value: Any, evil: str) -> Any:
    """The same with `evil` in every text that a page might show, states and numbers left as they are."""
    if isinstance(value, dict):
        kept = ("state", "kind", "severity", "hook")
        return {key: inner if key in kept else hostile(inner, evil) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, evil) for inner in value]
    return evil if isinstance(value, str) else value
