"""When a trunk registers, waits and gives up hammering: a pure decider. Knows no SIP stack and no clock."""

import enum
from dataclasses import dataclass, replace

_FIRST_RETRY_S = 2.0
_RETRY_MAX_S = 300.0
# A wrong password does not get right by asking again, and registrars ban those who ask often.
_REFUSED_FIRST_S = 60.0
_REFUSED_MAX_S = 1800.0
_RETRY_AFTER_MAX_S = 3600.0  # a peer's Retry-After counts (RFC 3261 20.33), but not for ever
_JITTER = 0.25  # a street after a power cut must not come back as one (EN 303 645 provision 5.9-3)
_NEXT_TARGET_S = 0.2  # one step down the list of a domain's servers; a round through all of them is backed off
_REFRESH_BEFORE_S = 40.0  # a REGISTER that is not answered is given up after 32 s (RFC 3261 Timer F)
_REFUSED = frozenset({401, 402, 403, 404, 407, 433})
_SILENT = frozenset({408, 500, 502, 503, 504})  # RFC 3263 section 4.3: another server may do better


_WORDS = {
    401: "user name or password refused",
    402: "the account has no credit",
    403: "refused: user name or password wrong, or the account is blocked",
    404: "this user does not exist there",
    407: "user name or password refused",
    408: "no answer",
    423: "the registration time is too short for this server",
    503: "not reachable",
}


class Phase(enum.Enum):
    """Where a registration stands; the values are the status page's."""

    OFF = "off"
    REGISTERING = "registering"
    REGISTERED = "registered"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Registration:
    """The state of one trunk's registration."""

    phase: Phase = Phase.OFF
    failures: int = 0
    text: str = "not started"
    retry_in_s: float | None = None
    status: int = 0  # of the last failure: a SIP status, 408 for silence, 503 for no connection


@dataclass(frozen=True, slots=True)
class Action:
    """What to do now: send a REGISTER, after which wait, with which target, on a fresh connection or not."""

    kind: str  # "register" | "wait"
    delay_s: float = 0.0
    is_next_target: bool = False
    is_fresh_connection: bool = False


def words_of(status: int, reason: str) -> str:
    """What a final status means to the owner of an account."""
    return _WORDS.get(status, f"{reason} ({status})")


def words_at(host: str, words: str) -> str:
    """The same with the server's name, where it is not told yet."""
    return words if host in words else f"{host}: {words}"


def started(state: Registration) -> tuple[Registration, list[Action]]:
    """Begin, or begin again after a change of settings."""
    del state
    return Registration(Phase.REGISTERING, 0, "registering"), [Action("register")]


def accepted(
    state: Registration, *, expires_s: float = 0.0, text: str = "registered"
) -> tuple[Registration, list[Action]]:
    """2xx: all is well until `expires_s`; 0 is for ever. Refreshed early enough to try again before it ends."""
    del state
    refresh = Action("wait", max(expires_s / 2, expires_s - _REFRESH_BEFORE_S))
    return Registration(Phase.REGISTERED, 0, text), [refresh] if expires_s else []


def connection_lost(
    state: Registration, problem: str, dice: float, *, is_fresh_connection: bool = False
) -> tuple[Registration, list[Action]]:
    """The connection under a registration went down, or a call met silence: register anew at once, jittered a
    little. `is_fresh_connection`: what is still open there is not to be trusted."""
    if state.phase is not Phase.REGISTERED:
        return state, []
    delay_s = 0.2 + dice
    wait = Action("wait", delay_s, is_fresh_connection=is_fresh_connection)
    return Registration(Phase.WAITING, 0, f"connection lost: {problem}", delay_s), [wait]


def unanswered(state: Registration, words: str) -> tuple[Registration, list[Action]]:
    """No answer yet; the REGISTER goes on being repeated, but whoever looks should know."""
    if state.phase is not Phase.REGISTERING:
        return state, []
    return replace(state, text=words, status=408), []


def failed(
    state: Registration,
    *,
    status: int,
    words: str,
    retry_after_s: float | None,
    dice: float,
    is_last_target: bool = True,
) -> tuple[Registration, list[Action]]:
    """A REGISTER failed with `status` (408 for silence, 503 for no connection). `dice` is uniform in 0..1."""
    is_refused, is_silent = status in _REFUSED, status in _SILENT
    if is_silent and not is_last_target and retry_after_s is None:
        delay_s = _NEXT_TARGET_S * (1 + dice)
        wait = Action("wait", delay_s, is_next_target=True, is_fresh_connection=True)
        return replace(state, phase=Phase.WAITING, text=words, retry_in_s=delay_s, status=status), [wait]
    failures = state.failures + 1
    first, cap = (_REFUSED_FIRST_S, _REFUSED_MAX_S) if is_refused else (_FIRST_RETRY_S, _RETRY_MAX_S)
    delay_s = min(cap, first * 2 ** min(failures - 1, 12))
    delay_s *= 1 - _JITTER + 2 * _JITTER * dice
    if retry_after_s is not None:
        delay_s = max(delay_s, min(retry_after_s, _RETRY_AFTER_MAX_S))
    wait = Action("wait", delay_s, is_next_target=is_silent, is_fresh_connection=is_silent)
    phase = Phase.REFUSED if is_refused else Phase.WAITING
    return replace(state, phase=phase, failures=failures, text=words, retry_in_s=delay_s, status=status), [wait]


def retry_due(state: Registration) -> tuple[Registration, list[Action]]:
    """The wait is over: register, or refresh what is registered."""
    if state.phase is Phase.OFF:
        return state, []
    if state.phase is Phase.REGISTERED:
        return state, [Action("register")]
    return replace(state, phase=Phase.REGISTERING, retry_in_s=None), [Action("register")]
