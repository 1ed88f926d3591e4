"""What a trial tells of an account, step by step in words: a pure decider. Knows no SIP stack and no clock."""

from dataclasses import dataclass
from typing import Literal

from firmware.telephony.events import Cause
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.registration import Phase, Registration

State = Literal["done", "failed", "skipped"]
_WRONG = frozenset({401, 403, 404, 407})  # name or password; a 403 without a challenge before is rare
_NO_CONNECTION, SILENCE = 503, 408


@dataclass(frozen=True, slots=True)
class Told:
    """One step of a trial; `text` may be empty."""

    step: str
    state: State
    text: str = ""

    @property
    def is_failure(self) -> bool:
        """The trial ends here."""
        return self.state == "failed"


def registration_steps(account: TrunkAccount, now: Registration, flaw: str) -> list[Told]:
    """What is known once it is decided whether the account registers; nothing before. `flaw`: the certificate's."""
    if now.phase is Phase.REGISTERED:
        if not account.is_registering:
            return _unasked(account)
        return [*_reached(account), Told("password", "done"), Told("registered", "done")]
    if not is_decided(now):
        return []
    if flaw and now.status == _NO_CONNECTION:
        return [Told("connection", "done"), Told("certificate", "failed", flaw)]
    if now.status in (_NO_CONNECTION, SILENCE):
        return [Told("connection", "failed", now.text)]
    if now.status in _WRONG:
        return [*_reached(account), Told("password", "failed", now.text)]
    return [*_reached(account), Told("password", "skipped", "it was not asked for"), _refused(now)]


def is_decided(now: Registration) -> bool:
    """It registered, or failed at the last server; over UDP silence counts before the engine gives up."""
    if now.phase is Phase.REGISTERING:
        return now.status == SILENCE
    return now.phase in (Phase.REGISTERED, Phase.REFUSED) or (now.phase is Phase.WAITING and now.failures > 0)


def time_over(*, is_registering: bool, is_answered: bool, is_sound: bool) -> Told:
    """Nothing was decided in the time that there is."""
    if is_registering:
        return Told("connection", "failed", "the server does not come to an end")
    return echo_ended(Cause.NO_ANSWER, is_answered=is_answered, is_sound=is_sound)


def is_same_binding(one: TrunkAccount, other: TrunkAccount) -> bool:
    """A registrar cannot tell the two apart: they have the same user, and one contact by sharing a transport."""
    if (one.username, one.domain, one.transport) != (other.username, other.domain, other.transport):
        return False
    return one.transport == "udp" or (one.place, one.transport_key) == (other.place, other.transport_key)


def echo_ended(cause: Cause, *, is_answered: bool, is_sound: bool) -> Told:
    """The call to the echo test ended, or its time is over, without that an echo was heard."""
    if not is_answered:
        return Told("echo", "failed", f"the call was not answered: {cause.facts.words}")
    if not is_sound:
        return Told("echo", "failed", "the call was answered, but no sound came back")
    return Told("echo", "failed", "sound came back, but not what the box had played")


def echo_heard(delay_ms: int) -> Told:
    """What was played came back."""
    return Told("echo", "done", f"heard after {delay_ms} ms")


def _reached(account: TrunkAccount) -> list[Told]:
    if account.transport != "tls":
        certificate = Told("certificate", "skipped", f"there is none over {account.transport}")
    elif not account.is_tls_verified:
        certificate = Told("certificate", "skipped", "it is not checked, as the settings have it")
    else:
        certificate = Told("certificate", "done")
    return [Told("connection", "done"), certificate]


def _unasked(account: TrunkAccount) -> list[Told]:
    words = "this account does not register"
    unknown = [Told(step, "skipped", words) for step in ("connection", "certificate", "password")]
    return [*unknown, Told("registered", "done", words)]


def _refused(now: Registration) -> Told:
    return Told("registered", "failed", now.text)
