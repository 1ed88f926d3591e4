"""The door of every route: who may pass, in which language, with whose form. Knows no page by name."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import bottle

from firmware.control import Fault, Refused, Unreachable
from firmware.webadmin import language, words
from firmware.webadmin.access import cookies
from firmware.webadmin.access.cookies import Origin
from firmware.webadmin.access.sessions import Session, Sessions
from firmware.webadmin.access.users import Users
from firmware.webadmin.language import N_, _
from firmware.webadmin.roles import Role
from firmware.webadmin.visit import Visit

_LOG = logging.getLogger(__name__)

FORM_BYTES_MAX = 64 * 1024  # no form of this page comes near it
_FIELDS_MAX = 1000  # of one form; a section with every setting of a full box has 60
_BEARER = "bearer "

OLD_PAGE = N_("This page is from before the box was restarted, or before you signed in. Please reload it.")
_NOT_YOURS = N_("This is for the installer of the box.")
WORDS_TYPE = "text/plain; charset=UTF-8"
_NO_TOKEN = N_("A token that this box made is needed: Authorization: Bearer TOKEN.")
_NOBODY_THERE = N_("The gateway does not answer. It is started again by itself: try again in a moment.")
_BROKEN = N_("That did not work; the log of the box knows more.")


@dataclass(frozen=True, slots=True)
class Route:
    """`handler(visit, **parts of the path)` gives the body. `is_automatic`: the page asks by itself, nobody uses it."""

    method: str
    rule: str
    role: Role
    handler: Callable[..., object]
    is_automatic: bool = False
    body_bytes_max: int = FORM_BYTES_MAX

    @property
    def is_api(self) -> bool:
        """Whether tokens open it, and cookies do not."""
        return self.rule.startswith("/api/v1/")


class Door:
    """Makes bottle's callbacks of routes. `is_proxied`: our own nginx stands before us."""

    def __init__(self, users: Users, sessions: Sessions, *, is_proxied: bool, has_calls: bool = False) -> None:
        self._has_calls = has_calls
        self._users = users
        self._sessions = sessions
        self.is_proxied = is_proxied
        self._secret = secrets.token_bytes(32)

    def guarded(self, route: Route) -> Callable[..., object]:
        """The callback that lets in who may."""

        def callback(**parts: str) -> object:
            origin = self.origin()
            with language.speaking(self.language()):
                if route.is_api:
                    return self._api(route, origin, parts)
                session = self._session(origin, is_use=not route.is_automatic)
                visit = self.visit(origin, session, route)
                self._admit(route, visit)
                if route.method != "GET" and not self.is_token_valid(origin, session, visit.form.get("token", "")):
                    raise bottle.HTTPError(403, _(OLD_PAGE))
                return answered(lambda: route.handler(visit, **parts))

        return callback

    def origin(self) -> Origin:
        """Where the request of this thread came from."""
        return Origin.of(bottle.request.environ, self.is_proxied)

    def language(self) -> str:
        """The language of the request of this thread: chosen before, else the browser's."""
        chosen = cookies.language_in(bottle.request.environ)
        return chosen or language.best(header("ACCEPT_LANGUAGE"))

    def visit(self, origin: Origin, session: Session | None, route: Route | None = None) -> Visit:
        """The visit of the request of this thread."""
        request = bottle.request
        binding = session.id if session else self._form_cookie(origin)
        has_form = route is not None and route.method == "POST"
        return Visit(
            path=request.path,
            address=origin.address,
            token=self._token(binding),
            session=session,
            role=session.role if session else Role.ANYBODY,
            user=session.user if session else "",
            extension=session.extension if session else "",
            query=_fields(request.query),
            form=_fields(request.forms) if has_form else {},
            files=_files(route.body_bytes_max) if route is not None and has_form else {},
            has_calls=self._has_calls,
        )

    def known_session(self) -> Session | None:
        """The session of the request of this thread, for pages that say why not."""
        return self._session(self.origin(), is_use=False)

    def sign_in(self, session: Session) -> None:
        """Give the browser its new session; the form cookie of before is void."""
        origin = self.origin()
        header = cookies.set_header(cookies.session_name(origin), session.id, origin)
        bottle.response.add_header("Set-Cookie", header)

    def sign_out(self) -> None:
        """Take the cookie back."""
        origin = self.origin()
        bottle.response.add_header(
            "Set-Cookie", cookies.set_header(cookies.session_name(origin), "", origin, lifetime_s=0)
        )

    def is_token_valid(self, origin: Origin, session: Session | None, token: str) -> bool:
        """Whether the form was shown by this process to this browser."""
        binding = session.id if session else cookies.id_in(bottle.request.environ, cookies.form_name(origin))
        return bool(binding) and hmac.compare_digest(self._token(binding).encode(), token.encode("utf-8", "replace"))

    def _token(self, binding: str) -> str:
        return hmac.new(self._secret, binding.encode(), hashlib.sha256).hexdigest()

    def _form_cookie(self, origin: Origin) -> str:
        name = cookies.form_name(origin)
        cookie = cookies.id_in(bottle.request.environ, name)
        if not cookie:
            cookie = secrets.token_urlsafe(32)
            bottle.response.add_header("Set-Cookie", cookies.set_header(name, cookie, origin))
        return cookie

    def _session(self, origin: Origin, *, is_use: bool) -> Session | None:
        if not origin.is_https and not origin.is_local:  # nobody else's wire carries a session in clear
            return None
        id = cookies.id_in(bottle.request.environ, cookies.session_name(origin))
        return self._sessions.find(id, is_use=is_use) if id else None

    def _admit(self, route: Route, visit: Visit) -> None:
        """Raises unless the visitor may pass."""
        if visit.role >= route.role:
            return
        if visit.session is not None:
            raise bottle.HTTPError(403, _(_NOT_YOURS))
        if route.method != "GET" or route.is_automatic or wants_json():
            again = {"HX-Refresh": "true"} if route.is_automatic else {}  # the page anew says where to sign in
            raise bottle.HTTPError(401, _("You are signed out. Please sign in again."), **again)
        query = f"?{bottle.request.query_string}" if bottle.request.query_string else ""
        target = quote(visit.path + query, safe="/?=&%")
        way_in = "/sign-in" if target == "/" else f"/sign-in?next={quote(target, safe='/')}"
        raise bottle.HTTPResponse(status=303, Location="/setup" if self._users.is_empty else way_in)

    def _api(self, route: Route, origin: Origin, parts: dict[str, str]) -> object:
        """A token in a header: no other website can send it, so no form token is asked for."""
        given = header("AUTHORIZATION")[:200]
        token = self._users.of_token(given[len(_BEARER) :].strip()) if given.lower().startswith(_BEARER) else None
        if token is None:
            bottle.response.set_header("WWW-Authenticate", "Bearer")
            raise bottle.HTTPError(401, _(_NO_TOKEN), **{"WWW-Authenticate": "Bearer"})
        if token.role < route.role:
            raise bottle.HTTPError(403, _(_NOT_YOURS))
        body = bottle.request.body.read(route.body_bytes_max) if route.method != "GET" else b""
        visit = Visit(bottle.request.path, origin.address, "", None, token.role, token.name, token.extension,
                      _fields(bottle.request.query), body=body)  # fmt: skip
        return answered(lambda: route.handler(visit, **parts))


def answered(perform: Callable[[], object]) -> object:
    """The answer, or in words why there is none."""
    try:
        return perform()
    except Refused as error:
        raise bottle.HTTPError(409, words.as_sentence(str(error))) from error
    except Unreachable as error:
        raise bottle.HTTPError(503, _(_NOBODY_THERE)) from error
    except Fault as error:
        _LOG.error("asked for %s: %s", bottle.request.path, error)
        raise bottle.HTTPError(500, _(_BROKEN)) from error


def see(path: str) -> str:
    """Send the browser to another page of ours, with GET (RFC 9110 sect. 15.4.4)."""
    bottle.response.status = 303
    bottle.response.set_header("Location", path)
    return ""


def header(name: str) -> str:
    """A header as it came; bottle would stumble over what is not UTF-8."""
    return str(bottle.request.environ.get(f"HTTP_{name}", ""))


def wants_words() -> bool:
    """Whether htmx asks, which puts plain words beside the button that was pressed."""
    return header("HX_REQUEST") == "true"


def wants_json() -> bool:
    """Whether a script asks, which shows words by itself."""
    return "application/json" in header("ACCEPT")


def _fields(sent: "bottle.FormsDict") -> dict[str, str]:
    names = list(sent)
    if len(names) > _FIELDS_MAX:
        raise bottle.HTTPError(413, "")
    return {name: str(sent.getunicode(name, "")) for name in names}


def _files(bytes_max: int) -> dict[str, bytes]:
    """What was uploaded, in memory: the guard keeps bodies small. What is larger is cut, and then no file of ours."""
    files = dict(bottle.request.files.items())
    return {
        name: upload.file.read(bytes_max) for name, upload in files.items() if isinstance(upload, bottle.FileUpload)
    }
