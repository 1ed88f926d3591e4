"""One account tried live on the engine: registered for seconds, its echo test called, nothing left. Call thread only.

It travels as the account would (a transport that is shared is shared with it, too), but is nobody's trunk: no call
of the exchange, no voice channel, no record. Knows no settings.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from firmware.telephony.events import Cause
from firmware.telephony.loop import Alarm
from firmware.telephony.media.echo_probe import Heard
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.echo_call import EchoCall
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

_ANSWER_S = 7.0  # a REGISTER under way is answered or given up by then: its binding must not outlive the trial
_GONE_EVERY_S = 0.1


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
        self._flaw = ""
        self._is_decided = self._is_over = self._is_closing = False
        self._alarm = Alarm(stack.loop)
        self._echo = EchoCall(loop=stack.loop, on_ended=self._echo_ended)
        self._registrant = Registrant(
            account,
            replace(stack, lookup=_Known(targets)),
            is_busy=lambda: self._echo.is_busy,
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
        return self._echo.look()

    def take(self, heard: Heard) -> None:
        """What `look` found."""
        self._echo.heard = heard
        if heard.is_echo:
            self._finish(echo_heard(heard.delay_ms))

    def time_over(self) -> None:
        """Decide by what is known."""
        echo = self._echo
        self._finish(
            time_over(is_registering=not self._is_decided, is_answered=echo.is_answered, is_sound=echo.heard.is_sound)
        )

    def close(self, on_closed: Callable[[], None]) -> None:
        """Hang up and unregister, as soon as no answer is awaited; `on_closed` comes when nothing is left."""
        self._on_closed = on_closed
        self._is_closing = self._is_over = True
        self._echo.hang_up()
        if self._registrant.is_asking and self._registrant.registration.status != SILENCE:
            self._alarm.set(_ANSWER_S, self._leave)
        else:
            self._leave()

    def close_now(self) -> None:
        """The gateway ends: wait for nobody."""
        self._is_closing = self._is_over = True
        self._echo.hang_up()
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
            self._alarm.clear()
            self._on_closed()
        else:
            self._alarm.set(_GONE_EVERY_S, self._wait_until_gone)

    # ---- the echo test -------------------------------------------------------------------------------

    def _call(self) -> None:
        if self._is_over:
            return
        if not self._echo_number:
            self._finish(Told("echo", "skipped", "no echo test is known at this provider"))
            return
        number = self._echo_number.replace("#", "%23")
        target = f"sip:{number}@{self._account.domain}"
        self._echo.begin(self._registrant.engine_account, target, self._account.identity())

    def _finish(self, told: Told) -> None:
        if not self._is_over:
            self._is_over = True
            self._tell(told)

    def _echo_ended(self, cause: Cause) -> None:
        self._finish(echo_ended(cause, is_answered=self._echo.is_answered, is_sound=self._echo.heard.is_sound))


class _Known(Lookup):
    """Targets that were found already."""

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__(tuple)
        self._targets = targets

    def find(self, place: str, transport: str) -> list[Target]:
        if not self._targets:
            raise NotFound(f"the name {place} does not exist")
        return list(self._targets)
