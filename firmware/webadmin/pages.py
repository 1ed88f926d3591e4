"""The routes: page, live updates, buttons, listening. Knows no socket and no server."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import bottle

from firmware.control import Fault, Refused, Unreachable
from firmware.webadmin import render, words
from firmware.webadmin.desk import Desk
from firmware.webadmin.guard import COOKIE, Environ, FormTokens, Guard, StartResponse, own_names
from firmware.webadmin.listening import LISTENERS_MAX, Listening, wav_head
from firmware.webadmin.live import PATIENCE_S, WATCHERS_MAX, Live, payload_of

_LOG = logging.getLogger(__name__)

_STATIC = Path(__file__).with_name("static")
_NUMBER = "<number:re:[1-9]>"
_FIRST_SILENCE = bytes(320)  # 20 ms, so that the answer begins at once even when nothing is heard
_SURPLUS = f"More than {WATCHERS_MAX} pages are open. This one is refreshed every few seconds."
_NO_SIMULATOR = "The simulator does not answer. It is started again by itself: try again in a moment."
_OLD_PAGE = "This page is from before the box was restarted. Please reload it."
_HEADINGS = {400: "Not understood", 403: "Not allowed", 404: "There is no such page", 405: "Not allowed",
             409: "That did not work", 413: "Too much was sent", 421: "Wrong address", 500: "Something broke",
             503: "Not just now"}  # fmt: skip


class Pages:
    """The WSGI application `wsgi`. Start it before the first request, stop it after the last."""

    def __init__(self, run: Path) -> None:
        self._live = Live(run, render.draw)
        self._desk = Desk(run)
        self._listening = Listening(run / "simulator.sock", lambda: self._live.is_stopping)
        self._tokens = FormTokens()
        self._app = bottle.Bottle()
        self._app.default_error_handler = _error_page
        self._add_routes()
        self.wsgi: Callable[[Environ, StartResponse], Iterable[bytes]] = Guard(self._app, refusal, own_names())

    def start(self) -> None:
        """Begin to follow gateway and simulator."""
        self._live.start()

    def stop(self) -> None:
        """End, and let everybody who watches or listens go."""
        self._live.stop()

    def _add_routes(self) -> None:
        add = self._app.route
        add("/", "GET", self._page)
        add("/live", "GET", self._watch)
        add("/parts", "GET", self._parts)
        add("/static/<name:re:[a-z]+[.](css|js|svg)>", "GET", _static)
        for kind, action in self._desk.actions:
            add(f"/simulator/{kind}/{_NUMBER}/{action}", "POST", self._button(kind, action))
        for kind in ("phone", "line"):
            add(
                f"/simulator/{kind}/{_NUMBER}/ear",
                "GET",
                self._ear(kind, "application/octet-stream", _FIRST_SILENCE),
            )
            add(f"/simulator/{kind}/{_NUMBER}/ear.wav", "GET", self._ear(kind, "audio/wav", wav_head()))

    def _page(self) -> str:
        self._live.refresh()
        view, drawn = self._live.view(), self._live.drawn()
        cookie = self._tokens.cookie_of(bottle.request.environ)
        if not cookie:
            cookie = self._tokens.new_cookie()
            bottle.response.set_cookie(COOKIE, cookie, path="/", httponly=True, samesite="strict")
        if not view.picture.is_up:
            bottle.response.status = 503
            bottle.response.set_header("Retry-After", "2")
        return render.html("page", view=view, drawn=drawn, token=self._tokens.token(cookie))

    def _watch(self) -> Iterator[bytes]:
        _refuse_foreign_readers()
        if not self._live.watchers.take(PATIENCE_S):
            raise bottle.HTTPError(503, _too_many(WATCHERS_MAX, "pages are watching already"))
        bottle.response.content_type = "text/event-stream"
        bottle.response.set_header("X-Accel-Buffering", "no")  # nginx: pass events on at once
        return self._live.watch(_is_gone(bottle.request.environ))

    def _parts(self) -> str:
        """What `/live` pushes, once: for a page that found no seat."""
        self._live.refresh()
        payload = payload_of(self._live.drawn(), {})
        if self._live.watchers.taken >= WATCHERS_MAX:
            payload["note"] = _SURPLUS
        bottle.response.content_type = "application/json"
        return json.dumps(payload)

    def _button(self, kind: str, action: str) -> Callable[[str], str]:
        perform = self._desk.actions[kind, action]

        def press(number: str) -> str:
            sent = bottle.request.forms
            form = {name: str(sent.getunicode(name, "")) for name in sent}
            if not self._tokens.is_valid(bottle.request.environ, form.get("token", "")):
                raise bottle.HTTPError(403, _OLD_PAGE)
            status, text = _attempt(lambda: perform(int(number), form))
            if status == 200 and not _wants_json():
                bottle.response.status = 303
                bottle.response.set_header("Location", f"/#{kind}-{number}")
                return ""
            return _answer(status, text)

        return press

    def _ear(self, kind: str, content_type: str, head: bytes) -> Callable[[str], object]:
        def listen(number: str) -> object:
            _refuse_foreign_readers()
            if not self._listening.seats.take():
                raise bottle.HTTPError(503, _too_many(LISTENERS_MAX, "browsers listen already"))
            gone = _is_gone(bottle.request.environ)
            try:
                blocks = self._listening.listen(f"{kind}.listen", int(number), head, gone)
            except Refused as error:
                raise bottle.HTTPError(409, _sentence(str(error))) from error
            except Unreachable as error:
                raise bottle.HTTPError(503, _NO_SIMULATOR) from error
            bottle.response.content_type = content_type
            return blocks

        return listen


def refusal(status: int, text: str) -> bytes:
    """A page that says in words why not."""
    return render.html("refusal", heading=_HEADINGS.get(status, "Not possible"), text=text).encode()


def _error_page(error: "bottle.HTTPError") -> str:
    status = error.status_code
    if status >= 500 and error.exception is not None:
        _LOG.error("a page failed", exc_info=error.exception)
    is_ours = status in (403, 409, 503)  # raised above, with words
    text = str(error.body) if is_ours else _TEXTS.get(status, "The log of the box knows more.")
    error.set_header("Content-Type", "text/html; charset=UTF-8")
    if _wants_json():
        error.set_header("Content-Type", "application/json")
        return json.dumps({"text": text})
    return refusal(status, text).decode()


_TEXTS = {
    404: "Perhaps the address was mistyped.",
    405: "This address cannot be used that way.",
    413: "That was more than a form of this page can hold.",
}


def _attempt(perform: Callable[[], None]) -> tuple[int, str]:
    try:
        perform()
    except Refused as error:
        return 409, _sentence(str(error))
    except Unreachable:
        return 503, _NO_SIMULATOR
    except Fault as error:
        _LOG.error("simulator: %s", error)
        return 500, "The simulator could not do that; its log knows more."
    return 200, ""


def _answer(status: int, text: str) -> str:
    bottle.response.status = status
    if _wants_json():
        bottle.response.content_type = "application/json"
        return json.dumps({"text": text})
    bottle.response.content_type = "text/html; charset=UTF-8"
    return refusal(status, text).decode()


def _static(name: str) -> object:
    response = bottle.static_file(name, root=str(_STATIC))
    response.set_header("Cache-Control", "no-cache")  # kept, and asked for anew: small, and right after an update
    return response


def _sentence(text: str) -> str:
    return words.sentence(text) + ("" if text.endswith((".", "!", "?")) else ".")


def _too_many(limit: int, what: str) -> str:
    return f"{limit} {what}; that is as many as this box serves at once. Close one and try again."


def _wants_json() -> bool:
    return "application/json" in bottle.request.get_header("Accept", "")


def _refuse_foreign_readers() -> None:
    """Another website must not take the few seats by embedding a stream."""
    if bottle.request.get_header("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise bottle.HTTPError(403, "Another website asked for this.")


def _is_gone(environ: dict[str, Any]) -> Callable[[], bool]:
    """Whether the client has closed the connection, where the server can tell."""
    return environ.get("waitress.client_disconnected") or (lambda: False)
