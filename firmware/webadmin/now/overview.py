"""The first page with its live updates, and the simulated telephones. Knows no socket and no server."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bottle

from firmware.control import Fault, Refused, Unreachable
from firmware.records import CallRecords
from firmware.webadmin import language, render, words
from firmware.webadmin.access.sessions import Sessions
from firmware.webadmin.door import WORDS_TYPE, Route, header, see, wants_words
from firmware.webadmin.first_steps.wizard import Progress
from firmware.webadmin.graphs import Graph
from firmware.webadmin.language import N_, _
from firmware.webadmin.now.desk import Desk
from firmware.webadmin.now.listening import LISTENERS_MAX, Listening, wav_head
from firmware.webadmin.now.live import PATIENCE_S, WATCHERS_MAX, Live
from firmware.webadmin.past import statistics
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

_NUMBER = "<number:re:[1-9]>"
_FIRST_SILENCE = bytes(320)  # 20 ms, so that the answer begins at once even when nothing is heard
_SURPLUS = N_("More than {} pages are open. This one is refreshed every few seconds.")
_NO_SIMULATOR = N_("The simulator does not answer. It is started again by itself: try again in a moment.")


class Overview:
    """The state at a glance. Start it before the first request, stop it after the last."""

    def __init__(self, run: Path, sessions: Sessions, progress: Progress, records: CallRecords | None = None) -> None:
        self._records = records
        self._progress = progress
        self._sessions = sessions
        self.live = Live(run, render.draw)
        self._desk = Desk(run)
        self._listening = Listening(run / "simulator.sock", lambda: self.live.is_stopping)

    def routes(self) -> Iterator[Route]:
        """For the installer; a resident is shown what is the resident's."""
        yield Route("GET", "/", Role.RESIDENT, self._page)
        yield Route("GET", "/live", Role.INSTALLER, self._watch, is_automatic=True)
        yield Route("GET", "/parts", Role.INSTALLER, self._parts, is_automatic=True)
        for kind, action in self._desk.actions:
            yield Route("POST", f"/simulator/{kind}/{_NUMBER}/{action}", Role.INSTALLER, self._button(kind, action))
        for kind in ("phone", "line"):
            raw = self._ear(kind, "application/octet-stream", _FIRST_SILENCE)
            yield Route("GET", f"/simulator/{kind}/{_NUMBER}/ear", Role.INSTALLER, raw)
            wav = self._ear(kind, "audio/wav", wav_head())
            yield Route("GET", f"/simulator/{kind}/{_NUMBER}/ear.wav", Role.INSTALLER, wav)

    def _page(self, visit: Visit) -> str:
        if visit.role is Role.RESIDENT:
            return see("/mine")
        self.live.refresh()
        view, drawn = self.live.view(), self.live.drawn()
        if not view.picture.is_up:
            bottle.response.status = 503
            bottle.response.set_header("Retry-After", "2")
        return visit.html(
            "page",
            view=view,
            drawn=drawn,
            token=visit.token,
            is_unfinished=self._progress.is_unfinished,
            graph=self._graph(),
        )

    def _graph(self) -> Graph | None:
        """Calls by hour; without records that can be read now the page is shown all the same."""
        try:
            return statistics.small(self._records) if self._records else None
        except bottle.HTTPError:
            return None

    def _watch(self, visit: Visit) -> Iterator[bytes]:
        _refuse_foreign_readers()
        if not self.live.watchers.take(PATIENCE_S):
            raise bottle.HTTPError(503, _too_many(WATCHERS_MAX, _("{} pages are watching already")))
        bottle.response.content_type = "text/event-stream"
        bottle.response.set_header("X-Accel-Buffering", "no")  # nginx: pass events on at once
        is_gone = _is_gone(bottle.request.environ)
        id = visit.session.id if visit.session else ""

        def is_over() -> bool:
            return is_gone() or self._sessions.find(id, is_use=False) is None

        return self.live.watch(is_over, language.spoken(), visit.query.get("layout", ""))

    def _parts(self, visit: Visit) -> str:
        """What `/live` pushes, once: for a page that found no seat."""
        self.live.refresh()
        drawn = self.live.drawn()
        if not drawn.fits(visit.query.get("layout", "")):
            bottle.response.set_header("HX-Refresh", "true")
        is_full = self.live.watchers.taken >= WATCHERS_MAX
        return render.html("parts", parts=drawn.parts, note=_(_SURPLUS).format(WATCHERS_MAX) if is_full else "")

    def _button(self, kind: str, action: str) -> Callable[..., object]:
        perform = self._desk.actions[kind, action]

        def press(visit: Visit, number: str) -> str:
            try:
                perform(int(number), visit.form)
            except Unreachable as error:
                raise bottle.HTTPError(503, _(_NO_SIMULATOR)) from error
            except Fault as error:
                _LOG.error("simulator: %s", error)
                raise bottle.HTTPError(500, _("The simulator could not do that; its log knows more.")) from error
            if not wants_words():
                return see(f"/#{kind}-{number}")
            bottle.response.content_type = WORDS_TYPE
            return ""

        return press

    def _ear(self, kind: str, content_type: str, head: bytes) -> Callable[..., object]:
        def listen(visit: Visit, number: str) -> object:
            _refuse_foreign_readers()
            if not self._listening.seats.take():
                raise bottle.HTTPError(503, _too_many(LISTENERS_MAX, _("{} browsers listen already")))
            gone = _is_gone(bottle.request.environ)
            try:
                blocks = self._listening.listen(f"{kind}.listen", int(number), head, gone)
            except Refused as error:
                raise bottle.HTTPError(409, words.as_sentence(str(error))) from error
            except Unreachable as error:
                raise bottle.HTTPError(503, _(_NO_SIMULATOR)) from error
            bottle.response.content_type = content_type
            return blocks

        return listen


def _too_many(limit: int, what: str) -> str:
    more = _("that is as many as this box serves at once. Close one and try again.")
    return f"{what.format(limit)}; {more}"


def _refuse_foreign_readers() -> None:
    """Another website must not take the few seats by embedding a stream."""
    if header("SEC_FETCH_SITE") not in ("same-origin", "none", ""):
        raise bottle.HTTPError(403, _("Another website asked for this."))


def _is_gone(environ: dict[str, Any]) -> Callable[[], bool]:
    """Whether the client has closed the connection, where the server can tell."""
    return environ.get("waitress.client_disconnected") or (lambda: False)
