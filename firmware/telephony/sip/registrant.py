"""Keeps one account registered on the engine: where, when, and what is said of it. Knows no calls."""

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pjsua2 as pj

from firmware.log import Transitions
from firmware.telephony.loop import Alarm
from firmware.telephony.sip import registration
from firmware.telephony.sip.account import TrunkAccount, TrunkState
from firmware.telephony.sip.engine import ConnectionNews
from firmware.telephony.sip.headers import retry_after_s
from firmware.telephony.sip.registration import Action, Phase, Registration
from firmware.telephony.sip.stack import Stack
from firmware.telephony.sip.steering import Steering
from firmware.telephony.sip.targets import NotFound, Servers, Target, split_place
from firmware.telephony.sip.transports import Lease, Unusable
from firmware.telephony.sip.trunk_account import RegisterAnswer, SipAccount

_LOG = logging.getLogger(__name__)

_ANSWER_S = 6.0  # after so long a server counts as silent; over UDP it was asked four times by then
_FAREWELL_S = 0.4  # for the answer to the last REGISTER; the gateway waits a little longer before it ends


class Registrant:
    """One account. Every method belongs to the call thread.

    `is_busy`: calls are left that need the account. Inside the engine's callback `on_call` is told of an INVITE (call
    id, source, message), whose object must be made there and answered later, and `on_notify` (source, message) of
    waiting messages. A guest drops nobody's connections and takes no call that another account would.
    """

    def __init__(
        self,
        account: TrunkAccount,
        stack: Stack,
        *,
        is_busy: Callable[[], bool],
        on_call: Callable[[int, str, str], None],
        on_notify: Callable[[str, str], None] = lambda source, message: None,
        on_change: Callable[[], None],
        is_guest: bool = False,
    ) -> None:
        self.account = account
        self.incoming = on_call
        self.notified = on_notify
        self.registration = Registration()
        self.is_asking = False
        self.is_retired = False
        self._engine = stack.engine
        self._loop = stack.loop
        self._is_busy = is_busy
        self._on_change = on_change
        self._is_guest = is_guest
        self._farewell_s = _FAREWELL_S if not is_guest else 4.0  # whose end nobody waits for
        self._servers = Servers(stack.lookup, stack.loop.post)
        lease = Lease(stack.transports, is_busy)
        self._steering = Steering(lambda: SipAccount(self, stack.loop), lease, stack.engine.source_address)
        self._alarm = Alarm(stack.loop)
        self._problem = ""
        self._told = Transitions(_LOG)  # each of a domain's servers may fail in words of its own, again and again
        self._when_left: Callable[[], None] | None = None
        self._engine.watch_connections(self._connection_news)

    @property
    def is_ready(self) -> bool:
        """A call can be tried now."""
        is_registered = self.registration.phase is Phase.REGISTERED
        return self.engine_account is not None and is_registered and not self.is_retired

    @property
    def engine_account(self) -> SipAccount | None:
        """The account on the engine, once it is there."""
        return self._steering.account

    def state(self) -> TrunkState:
        """For the status."""
        now = self.registration
        return TrunkState(self.account.name, now.phase.value, now.text, now.retry_in_s)

    @property
    def _host(self) -> str:
        return split_place(self.account.place)[0]

    def is_server(self, source: str) -> bool:
        """Whether a message from there ("address:port") is from one of the domain's servers."""
        return split_place(source)[0] in self._servers.addresses

    def others(self) -> Sequence[Target]:
        """The domain's servers after the one whose turn it is, in order."""
        return self._servers.others

    def is_home(self, host: str) -> bool:
        """Whether this is the account's domain, or one of its servers."""
        return host in (split_place(self.account.domain)[0].lower(), self._host.lower(), *self._servers.addresses)

    def towards(self, server: Target) -> AbstractContextManager[None]:
        """A call that is begun meanwhile goes to this server. Raises Unusable."""
        return self._steering.aside(server)

    def start(self) -> None:
        """Find the domain's servers, then register."""
        self._decided(registration.started(self.registration))

    def change(self, account: TrunkAccount) -> None:
        """Other settings under the same name count from now on; calls that are up go on."""
        before, self.account = self.account, account
        if self._when_left is not None:
            return
        if before.binding != account.binding:
            self._servers.forget()
            self._set(Registration(Phase.REGISTERING, 0, "registering"))
            self._leave(self.start)
        elif before.registered != account.registered:
            self.start()
        elif self.engine_account is not None:
            self._configure(self._steering.target)

    def retire(self) -> None:
        """Unregister; calls that are up go on, until `stop`."""
        self.is_retired = True
        self._servers.forget()
        if self.engine_account is not None:
            self._configure(self._steering.target)
        self._leave(lambda: None)
        self._set(Registration())

    def stop(self) -> None:
        """Unregister without waiting long for the answer and forget the account; its calls must be over."""
        if not self.is_retired:
            self.retire()
        self._engine.unwatch_connections(self._connection_news)
        if self._when_left is not None:
            self._when_left = self._close
        else:
            self._close()

    def abandon(self) -> None:
        """Stop without a word to the registrar: another account of ours holds the same binding there."""
        self.account = replace(self.account, is_registering=False)  # takes the engine's own goodbye away too
        self.stop()

    def hurry(self) -> None:
        """Wait for the answer to the last REGISTER no more."""
        if self._when_left is not None:
            self._left()

    def call_met_silence(self) -> None:
        """An INVITE was not answered at all: the server, or the connection to it, may be dead."""
        if self.is_retired:
            return
        if self.account.is_registering:
            self._start_afresh("a call was not answered")
        else:
            self._servers.next()
            self._register()

    def registered(self, answer: RegisterAnswer) -> None:
        """A REGISTER was answered, refreshed by the engine or asked for by us, or will not be."""
        was_asking, self.is_asking = self.is_asking, False
        if self._when_left is not None:
            self._left()
            return
        if self.is_retired or not (was_asking or self.registration.phase is Phase.REGISTERED):
            return
        self._alarm.clear()
        if answer.status // 100 != 2:
            words = registration.words_of(answer.status, answer.reason)
            if answer.status in (408, 503) and self._problem:
                words = self._problem
            self._failed(answer.status, words, retry_after_s(answer.message))
        elif answer.is_active:
            self._problem = ""
            self._decided(registration.accepted(self.registration, expires_s=answer.expires_s))
        else:
            self._failed(500, "the server did not keep the registration", None)

    # ---- registration --------------------------------------------------------------------------------

    def _decided(self, decision: tuple[Registration, list[Action]]) -> None:
        state, actions = decision
        self._set(state)
        for action in actions:
            if action.kind == "register":
                self._register()
            else:
                self._wait(action)

    def _wait(self, action: Action) -> None:
        if action.is_fresh_connection and self._servers.current is not None and not self._is_guest:
            self._engine.drop_connections(self._servers.current.remote)
        if action.is_next_target:
            self._servers.next()
        self._alarm.set(action.delay_s, lambda: self._decided(registration.retry_due(self.registration)))

    def _register(self) -> None:
        self._alarm.clear()
        target = self._servers.current
        if target is None:
            self._servers.find(self.account.place, self.account.transport, self._found)
            return
        self._problem = ""
        try:
            self._configure(target)
            if self.engine_account is None or not self.account.is_registering:
                self._decided(registration.accepted(self.registration, text="ready; this trunk does not register"))
                return
            self.is_asking = True
            self.engine_account.setRegistration(True)
        except (pj.Error, Unusable) as error:
            self.is_asking = False  # a callback may follow and is no second failure
            self._failed(503, self._problem or (error.reason if isinstance(error, pj.Error) else str(error)), None)
            return
        self._alarm.set(_ANSWER_S, self._unanswered)

    def _found(self, problem: NotFound | None) -> None:
        if problem is None:
            self._register()
        else:
            self._failed(503, str(problem), None)

    def _configure(self, target: Target | None) -> None:
        """Have the account be as it is set, and its requests go to `target`; None ends a REGISTER under way."""
        self._steering.steer(self.account, target, is_idle=self.is_retired or self._is_guest)

    def _unanswered(self) -> None:
        words = registration.words_at(self._host, self._problem or registration.words_of(408, ""))
        if self._servers.is_last and self.account.transport == "udp":  # asking anew would be no different
            self._decided(registration.unanswered(self.registration, words))
            return
        self.is_asking = False
        self._configure(None)
        if self._servers.is_last and self.registration.phase is Phase.REGISTERED:
            self._start_afresh(words)  # the connection may be all that is dead
        else:
            self._failed(408, words, None)

    def _failed(self, status: int, words: str, retry_after: float | None) -> None:
        decision = registration.failed(
            self.registration,
            status=status,
            words=registration.words_at(self._host, words),
            retry_after_s=retry_after,
            dice=random.random(),
            is_last_target=self._servers.is_last,
        )
        self._decided(decision)

    def _connection_news(self, news: ConnectionNews) -> None:
        """Called inside the engine's callback."""
        if not news.is_up and self._servers.serves(news.remote):
            self._problem = news.problem
            if news.was_up:  # else it is another's that tried, or our own, whose REGISTER is answered with 503
                self._loop.post(lambda: self._connection_lost(news.problem))

    def _connection_lost(self, problem: str) -> None:
        if self.account.is_registering and not self.is_retired:
            self._decided(registration.connection_lost(self.registration, problem, random.random()))

    def _start_afresh(self, why: str) -> None:
        self._decided(registration.connection_lost(self.registration, why, random.random(), is_fresh_connection=True))

    def _set(self, state: Registration) -> None:
        before, self.registration = self.registration, state
        if replace(before, failures=0, retry_in_s=None) == replace(state, failures=0, retry_in_s=None):
            return
        if state.phase is Phase.REGISTERED:
            self._told = Transitions(_LOG)
        if before.text != state.text and state.phase not in (Phase.OFF, Phase.REGISTERING):
            is_bad = state.phase is Phase.REFUSED or state.failures > 0
            level = logging.WARNING if is_bad else logging.INFO
            self._told.log(state.text, True, level, "trunk %s: %s", self.account.name, state.text)
        self._on_change()

    def _leave(self, then: Callable[[], None]) -> None:
        """Unregister; `then` comes when that was answered, or will not be."""
        self.is_asking = False
        if self.engine_account is not None and self.engine_account.unregister():
            self._when_left = then
            self._alarm.set(self._farewell_s, self._left)
        else:
            self._alarm.clear()
            then()

    def _left(self) -> None:
        then, self._when_left = self._when_left, None
        self._alarm.clear()
        if then is not None:
            then()

    def _close(self) -> None:
        if self._is_busy():  # a BYE that is not answered yet
            self._alarm.set(_FAREWELL_S, self._close)
            return
        self._steering.close()
