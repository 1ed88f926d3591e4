"""The page that makes test calls and shows how far each came. Knows no call and no HTML.

The gateway's method `test.run` streams items {hop, state, text}; the same hop may come again with news. A thread takes
them, so that no thread of the server waits; it ends the test when no browser looks any more.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import bottle

from firmware.control import ControlClient, Fault, Refused, Stream, Unreachable
from firmware.webadmin import render
from firmware.webadmin.door import Route, see
from firmware.webadmin.json_body import answer, sent
from firmware.webadmin.language import _
from firmware.webadmin.now.picture import rows_of
from firmware.webadmin.roles import Role
from firmware.webadmin.said import retold
from firmware.webadmin.said_of_tests import HOPS
from firmware.webadmin.visit import Visit
from firmware.webadmin.words import clean, sentence

_LOG = logging.getLogger(__name__)

_PLACE = "/self-test"
_TIMEOUT_S = 5.0
_LOOKED_S = 8.0  # a page with scripts asks every second or two: one that does no more has gone away
_FIRST_HOP_S = 0.5  # the page that follows a button shows something already, mostly
_TONES = {"done": "good", "failed": "bad", "waiting": "busy"}
FIELDS = ("kind", "telephone", "trunk", "number", "caller")
_KINDS = ("ring", "echo", "incoming")
_FIELD_MAX = 40  # the name of a trunk; numbers are shorter
_NO_MORE_BUTTON = '<form id="stop-test" hx-swap-oob="delete"></form>'
_HOPS_MAX = 50  # of one test; it has seven, some of which come twice


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop as the page shows it. `state` in words; `tone`: good, bad, busy or idle."""

    label: str
    state: str
    tone: str
    text: str
    hint: str


class _Test:
    """The test that runs, or ran last."""

    def __init__(self, run: Path, asked: Mapping[str, str]) -> None:
        self.items: dict[str, Mapping[str, object]] = {}
        self.problem = ""
        self.news = 0  # how often there was something new
        self.is_over = False
        self.looked_at: float | None = None
        self.has_begun = threading.Event()
        client = ControlClient(run / "gateway.sock", _TIMEOUT_S)
        self._stream: Stream[object] = client.stream("test.run", **asked)
        self._thread = threading.Thread(target=self._follow, name="web-self-test", daemon=True)
        self._thread.start()
        threading.Thread(target=self._watch, name="web-self-test-watch", daemon=True).start()

    def _follow(self) -> None:
        try:
            for item in self._stream:
                if isinstance(item, dict) and str(item.get("hop")) in HOPS:
                    self.items[str(item["hop"])] = item
                    self.news += 1
                    self.has_begun.set()
        except (Refused, Fault, Unreachable) as error:
            self.problem = str(error)
        finally:
            self.is_over = True
            self.has_begun.set()

    def _watch(self) -> None:
        """Who went away wants nothing to ring any more."""
        while not self.is_over:
            self._thread.join(1.0)
            if self.looked_at is not None and time.monotonic() - self.looked_at > _LOOKED_S:
                self._stream.close()
                return


class SelfTestPages:
    """The routes of /self-test."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._test: _Test | None = None

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", _PLACE, Role.INSTALLER, self._show)
        yield Route("GET", f"{_PLACE}/hops", Role.INSTALLER, self._hops, is_automatic=True)
        yield Route("POST", f"{_PLACE}/run", Role.INSTALLER, self._start)
        yield Route("POST", f"{_PLACE}/stop", Role.INSTALLER, self._stop)
        yield Route("POST", "/api/v1/self-test", Role.INSTALLER, self._whole)

    def _show(self, visit: Visit) -> str:
        with ControlClient(self._run / "gateway.sock", _TIMEOUT_S) as gateway:
            snapshot = gateway.call("status")
        known = snapshot if isinstance(snapshot, dict) else {}
        return visit.html(
            "self_test", telephones=_telephones(known), trunks=_trunks(known), drawn=self._drawn(), test=self._test
        )

    def _hops(self, visit: Visit) -> str:
        """What htmx asks for while a test runs; nothing while there is nothing new, or it would be read out again."""
        test = self._test
        if test is None:
            return ""
        test.looked_at = time.monotonic()
        is_over = test.is_over
        if not is_over and visit.query.get("seen") == str(test.news):
            bottle.response.status = 204
            return ""
        return self._drawn() + (_NO_MORE_BUTTON if is_over else "")

    def _start(self, visit: Visit) -> str:
        with self._lock:
            if self._test is not None and not self._test.is_over:
                raise Refused("a test is running already: wait until it is over")
            self._test = _Test(self._run, _asked(visit.form))
        self._test.has_begun.wait(_FIRST_HOP_S)
        _LOG.info("a test call was asked for from %s", visit.address)
        return see(f"{_PLACE}#hops")

    def _stop(self, visit: Visit) -> str:
        if self._test is not None and not self._test.is_over:
            with ControlClient(self._run / "gateway.sock", _TIMEOUT_S) as gateway:
                gateway.call("test.stop")
        return see(f"{_PLACE}#hops")

    def _whole(self, visit: Visit) -> str:
        """For programs: the answer comes when the test is over."""
        body = sent(visit.body)
        if not _is_asked(body):
            raise bottle.HTTPError(400, _("The body has to be an object of texts: kind, and what that needs."))
        items: list[object] = []
        with ControlClient(self._run / "gateway.sock", _TIMEOUT_S).stream("test.run", **_asked(body)) as stream:
            for item in stream:
                items = [*items[-_HOPS_MAX:], item]
        last = {item["hop"]: item for item in items if isinstance(item, dict) and "hop" in item}
        return answer({"hops": list(last.values())})

    def _drawn(self) -> str:
        test = self._test
        if test is None:
            return ""
        is_over, seen = test.is_over, test.news  # before what they tell of: news meanwhile come with the next look
        hops = [_hop(item) for item in list(test.items.values())]
        problem = sentence(retold(clean(test.problem, 300)))
        return render.html("self_test_hops", hops=hops, problem=problem, seen=seen, is_over=is_over)


def _is_asked(body: object) -> TypeGuard[dict[str, str]]:
    if not isinstance(body, dict) or body.get("kind") not in _KINDS or not body.keys() <= set(FIELDS):
        return False
    return all(isinstance(value, str) and len(value) <= _FIELD_MAX for value in body.values())


def _asked(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name][:_FIELD_MAX] for name in FIELDS if form.get(name)} | {"kind": form.get("kind", "")[:10]}


def _hop(item: Mapping[str, object]) -> Hop:
    label, hint = HOPS[str(item.get("hop"))]
    state = str(item.get("state"))
    signs = {"done": _("done"), "failed": _("stopped here"), "waiting": _("waiting"), "skipped": _("not reached")}
    text = sentence(retold(clean(item.get("text"), 300)))
    is_hinted = state == "failed" and hint
    return Hop(_(label), signs.get(state, state), _TONES.get(state, "idle"), text, _(hint) if is_hinted else "")


def _telephones(snapshot: Mapping[str, object]) -> list[tuple[str, str]]:
    """What can be rung: value and words."""
    rows = [row for row in rows_of(snapshot.get("lines")) if row.get("kind") == "fxs"]
    names = [(clean(row.get("number"), 4), clean(row.get("name"), 40)) for row in rows]
    return [(number, _("Telephone {}").format(number) + (f" · {name}" if name else "")) for number, name in names]


def _trunks(snapshot: Mapping[str, object]) -> list[str]:
    return [clean(row.get("name"), 40) for row in rows_of(snapshot.get("trunks"))]
