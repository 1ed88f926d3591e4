"""One account tried live on the engine: registered for seconds, its echo test called, nothing left. Call thread only.

It travels as the account would (a transport that is shared is shared with it, too), but is nobody's trunk: no call
of the exchange, no voice channel, no record. Knows no settings.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from firmware.telephony.events import Cause
from firmware.telephony.legs import Leg, TransferAsked
from firmware.telephony.loop import Timer
from firmware.telephony.media.bridge import EngineBridge
from firmware.telephony.media.echo_probe import EchoProbe, Heard
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.engine import ConnectionNews
from firmware.telephony.sip.registrant import Registrant
from firmware.telephony.sip.stack import Stack
from firmware.telephony.sip.targets import Lookup, NotFound, Target
from firmware.telephony.sip.trial_steps import (
    SILENCE,
    Told,
    echo_ended,
    echo_heard,
    is_same_binding,
    registration_steps,
    time_over,
)
from firmware.telephony.sip.trunk_leg import TrunkLeg

_ANSWER_S = 7.0  # a REGISTER under way is answered or given up by then: its binding must not outlive the trial
_GONE_EVERY_S = 0.1
_SILENT_S = 8.0  # an echo test that plays nothing for so long after its answer is not heard at all
_SILENCE = Heard()


class Rival(Protocol):
    """A trunk of the same account that is there already."""

    @property
    def account(self) -> TrunkAccount:
        """What it is made of."""
        ...

    @property
    def is_ready(self) -> bool:
        """It is registered."""
        ...


class Trial:
    """`targets` are the account's servers, looked up before; `tell` takes the steps, the last of them a failure or
    that of the echo. `close` it whatever comes."""

    def __init__(
        self,
        account: TrunkAccount,
        stack: Stack,
        *,
        targets: Sequence[Target],
        echo_number: str,
        rivals: Callable[[], Sequence[Rival]],
        tell: Callable[[Told], None],
    ) -> None:
        self._account = account
        self._remotes = frozenset(target.remote for target in targets)
        self._echo_number = echo_number
        self._engine = stack.engine
        self._loop = stack.loop
        self._rivals = rivals
        self._tell = tell
        self._on_closed: Callable[[], None] = lambda: None
        self._bridge = EngineBridge()
        self._flaw = ""
        self._is_decided = self._is_over = self._is_closing = False
        self._leg: TrunkLeg | None = None
        self._is_answered = False
        self._probe: EchoProbe | None = None
        self._joined: object | None = None
        self._heard = _SILENCE
        self._timer: Timer | None = None
        self._registrant = Registrant(
            account,
            replace(stack, lookup=_Known(targets)),
            is_busy=self._is_busy,
            on_call=lambda *_: None,
            on_change=self._changed,
            is_guest=True,
        )

    def start(self) -> None:
        """Register."""
        self._engine.watch_connections(self._connection_news)
        self._registrant.start()

    def look(self) -> Heard:
        """What came back of the echo test so far. For the one thread that will `close` after it."""
        return self._probe.look() if self._probe is not None else _SILENCE

    def take(self, heard: Heard) -> None:
        """What `look` found."""
        self._heard = heard
        if heard.is_echo:
            self._finish(echo_heard(heard.delay_ms))

    def time_over(self) -> None:
        """Decide by what is known."""
        self._finish(
            time_over(is_registering=not self._is_decided, is_answered=self._is_answered, is_sound=self._heard.is_sound)
        )

    def close(self, on_closed: Callable[[], None]) -> None:
        """Hang up and unregister, as soon as no answer is awaited; `on_closed` comes when nothing is left."""
        self._on_closed = on_closed
        self._is_closing = self._is_over = True
        self._hang_up()
        if self._registrant.is_asking and self._registrant.registration.status != SILENCE:
            self._set_timer(_ANSWER_S, self._leave)
        else:
            self._leave()

    def close_now(self) -> None:
        """The gateway ends: wait for nobody."""
        self._is_closing = self._is_over = True
        self._hang_up()
        self._leave()
        self._registrant.hurry()

    # ---- registration --------------------------------------------------------------------------------

    def _connection_news(self, news: ConnectionNews) -> None:
        """Inside the engine's callback."""
        if news.is_certificate and not news.was_up and news.remote in self._remotes:
            self._flaw = news.problem

    def _changed(self) -> None:
        if self._is_closing:
            if not self._registrant.is_asking:
                self._loop.post(self._leave)
            return
        steps = [] if self._is_decided else registration_steps(self._account, self._registrant.registration, self._flaw)
        if not steps:
            return
        self._is_decided = True
        for told in steps:
            self._tell(told)
        if steps[-1].is_failure:
            self._is_over = True
        else:
            self._loop.post(self._call)

    def _leave(self) -> None:
        if self._registrant.is_retired:
            return
        self._engine.unwatch_connections(self._connection_news)
        if any(rival.is_ready and is_same_binding(rival.account, self._account) for rival in self._rivals()):
            self._registrant.abandon()
        else:
            self._registrant.stop()
        self._wait_until_gone()

    def _wait_until_gone(self) -> None:
        if self._registrant.engine_account is None:
            self._set_timer(None)
            self._on_closed()
        else:
            self._set_timer(_GONE_EVERY_S, self._wait_until_gone)

    def _set_timer(self, delay_s: float | None, action: Callable[[], None] = lambda: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay_s is None else self._loop.call_later(delay_s, action)

    # ---- the echo test -------------------------------------------------------------------------------

    def _call(self) -> None:
        if self._is_over:
            return
        if not self._echo_number:
            self._finish(Told("echo", "skipped", "no echo test is known at this provider"))
            return
        self._probe = EchoProbe()
        self._leg = TrunkLeg(name="trial", loop=self._loop, account=self._registrant.engine_account)
        self._leg.events = self
        number = self._echo_number.replace("#", "%23")
        self._leg.invite(f"sip:{number}@{self._account.domain}", self._account.identity())

    def _finish(self, told: Told) -> None:
        if not self._is_over:
            self._is_over = True
            self._tell(told)

    def _end_echo(self, cause: Cause) -> None:
        self._finish(echo_ended(cause, is_answered=self._is_answered, is_sound=self._heard.is_sound))

    def _still_silent(self) -> None:
        if not self._heard.is_sound:
            self._end_echo(Cause.NORMAL)

    def _join(self, media: object | None) -> None:
        if self._probe is None or media is self._joined:
            return
        if self._joined is not None:
            self._bridge.part(self._probe.media, self._joined)
        self._joined = media
        if media is not None:
            self._bridge.join(self._probe.media, media)

    def _hang_up(self) -> None:
        self._join(None)
        self._probe = None
        if self._leg is not None:
            self._leg.events = None
            self._leg.end(Cause.NORMAL)

    def _is_busy(self) -> bool:
        return self._leg is not None and not self._leg.is_gone

    def leg_answered(self, leg: Leg) -> None:
        """It is heard from now on."""
        self._is_answered = True
        self._join(leg.media)
        self._set_timer(_SILENT_S, self._still_silent)

    def leg_media_changed(self, leg: Leg) -> None:
        """Early media are no answer."""
        if self._is_answered:
            self._join(leg.media)

    def leg_ended(self, leg: Leg, cause: Cause) -> None:
        """Refused, failed, or hung up by the far end."""
        self._joined = None
        self._end_echo(cause)

    def leg_ringing(self, leg: Leg) -> None:
        """Soon."""

    def leg_progress(self, leg: Leg) -> None:
        """Soon."""

    def leg_digit(self, leg: Leg, digit: str) -> None:
        """Nobody dials."""

    def leg_held(self, leg: Leg, is_held: bool) -> None:
        """Nothing comes back meanwhile."""

    def leg_transfer_asked(self, leg: Leg, asked: TransferAsked) -> None:
        """It goes nowhere."""


class _Known(Lookup):
    """Targets that were found already."""

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__(tuple)
        self._targets = targets

    def find(self, place: str, transport: str) -> list[Target]:
        if not self._targets:
            raise NotFound(f"the name {place} does not exist")
        return list(self._targets)
