"""A SIP account outside: registered, kept up, called through. Knows no settings, only plain values."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace

import pjsua2 as pj

from firmware.log import Transitions
from firmware.telephony import registration
from firmware.telephony.account import TrunkAccount, TrunkState
from firmware.telephony.events import Caller
from firmware.telephony.loop import CallLoop, Timer
from firmware.telephony.registration import Action, Phase, Registration
from firmware.telephony.sip import ConnectionNews, Engine
from firmware.telephony.sip_account import Course, RegisterAnswer, SipAccount, account_config
from firmware.telephony.sip_headers import called_of, caller_of, retry_after_s
from firmware.telephony.sip_leg import SipLeg
from firmware.telephony.targets import Lookup, NotFound, Servers, Target, split_place
from firmware.telephony.ways import Unusable, Way, Ways

__all__ = ["SipTrunk", "TrunkAccount", "TrunkState"]

_LOG = logging.getLogger(__name__)

_ANSWER_S = 8.0  # after so long a server counts as silent; over UDP it was asked five times by then
_FAREWELL_S = 0.4  # for the answer to the last REGISTER; the gateway waits a little longer before it ends


class SipTrunk:
    """One account on the engine. Every method belongs to the call thread."""

    def __init__(
        self,
        account: TrunkAccount,
        *,
        engine: Engine,
        ways: Ways,
        loop: CallLoop,
        lookup: Lookup,
        on_incoming: Callable[["SipTrunk", SipLeg, Caller, str], None],
        on_change: Callable[[], None],
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.account = account
        self._engine = engine
        self._loop = loop
        self._on_incoming = on_incoming
        self._on_change = on_change
        self._dice = dice
        self._state = Registration()
        self._servers = Servers(lookup, loop.post)
        self._way = Way(ways, lambda: bool(self._live_legs()))
        self._pj: SipAccount | None = None
        self._configured: tuple[TrunkAccount, Course] | None = None
        self._strangers = Transitions(_LOG)
        self._legs: list[SipLeg] = []
        self._timer: Timer | None = None
        self._problem = ""
        self._is_asking = False
        self._is_retired = False
        self._when_left: Callable[[], None] | None = None
        engine.watch_connections(self._connection_news)

    @property
    def name(self) -> str:
        """The account's name in the settings."""
        return self.account.name

    @property
    def is_ready(self) -> bool:
        """A call can be tried now."""
        return self._pj is not None and self._state.phase is Phase.REGISTERED and not self._is_retired

    def state(self) -> TrunkState:
        """For the status."""
        return TrunkState(self.name, self._state.phase.value, self._state.text, self._state.retry_in_s)

    def start(self) -> None:
        """Find the domain's servers, then register."""
        self._decided(registration.started(self._state))

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
        elif self._configured is not None:
            self._configure(self._configured[1].target)

    def retire(self) -> None:
        """Unregister and take no new call; those that are up go on, until `stop`."""
        self._is_retired = True
        self._servers.forget()
        if self._configured is not None:
            self._configure(self._configured[1].target)
        self._leave(lambda: None)
        self._set(Registration())

    def stop(self) -> None:
        """Unregister without waiting long for the answer and forget the account; its calls must be over."""
        if not self._is_retired:
            self.retire()
        self._engine.unwatch_connections(self._connection_news)
        if self._when_left is not None:
            self._when_left = self._close
        else:
            self._close()

    def call(self, number: str, *, is_withheld: bool = False) -> SipLeg:
        """A leg that calls `number` through this trunk; raises RuntimeError when there is no account yet."""
        if self._pj is None:
            raise RuntimeError(f"trunk {self.name} is not ready")
        account = self.account
        leg = SipLeg(name=self.name, loop=self._loop, account=self._pj, on_silence=self._call_met_silence)
        self._legs = [*self._live_legs(), leg]
        target = f"sip:{number.replace('#', '%23')}@{account.domain}"
        self._loop.post(lambda: leg.invite(target, account.identity(is_withheld=is_withheld)))
        return leg

    # ---- what the account tells ----------------------------------------------------------------------

    def registered(self, answer: RegisterAnswer) -> None:
        """A REGISTER was answered, refreshed by the engine or asked for by us, or will not be."""
        was_asking, self._is_asking = self._is_asking, False
        if self._when_left is not None:
            self._left()
            return
        if self._is_retired or not (was_asking or self._state.phase is Phase.REGISTERED):
            return
        self._set_timer(None)
        if answer.status // 100 != 2:
            words = registration.words_of(answer.status, answer.reason)
            if answer.status in (408, 503) and self._problem:
                words = self._problem
            self._failed(answer.status, words, retry_after_s(answer.message))
        elif answer.is_active:
            self._problem = ""
            self._decided(registration.accepted(self._state, expires_s=answer.expires_s))
        else:
            self._failed(500, "the server did not keep the registration", None)

    def incoming(self, call_id: int, source: str, message: str) -> None:
        """An INVITE reached the account. Inside the engine's callback: it is judged later."""
        leg = SipLeg(name=self.name, loop=self._loop, account=self._pj, call_id=call_id)
        self._legs = [*self._live_legs(), leg]
        self._loop.post(lambda: self._judge(leg, source, message))

    def _judge(self, leg: SipLeg, source: str, message: str) -> None:
        if split_place(source)[0] not in self._servers.addresses:
            host = split_place(source)[0]  # told once: strangers call thousands of times a night
            words = "calls from %s are refused: not a server of trunk %s"
            self._strangers.log(host, True, logging.WARNING, words, host, self.name)
            leg.reject(403)
        elif self._is_retired:
            leg.reject(480)
        else:
            self._on_incoming(self, leg, caller_of(message), called_of(message))

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
        if action.is_fresh_connection and self._servers.current is not None:
            self._engine.drop_connections(self._servers.current.remote)
        if action.is_next_target:
            self._servers.next()
        self._set_timer(action.delay_s, lambda: self._decided(registration.retry_due(self._state)))

    def _register(self) -> None:
        self._set_timer(None)
        target = self._servers.current
        if target is None:
            self._servers.find(self.account.place, self.account.transport, self._found)
            return
        self._problem = ""
        try:
            self._configure(target)
            if self._pj is None or not self.account.is_registering:
                self._decided(registration.accepted(self._state, text="ready; this trunk does not register"))
                return
            self._is_asking = True
            self._pj.setRegistration(True)
        except (pj.Error, Unusable) as error:
            self._is_asking = False  # a callback may follow and is no second failure
            self._failed(503, self._problem or (error.reason if isinstance(error, pj.Error) else str(error)), None)
            return
        self._set_timer(_ANSWER_S, self._unanswered)

    def _found(self, problem: NotFound | None) -> None:
        if problem is None:
            self._register()
        else:
            self._failed(503, str(problem), None)

    def _configure(self, target: Target | None) -> None:
        """Have the account be as it is set, and its requests go to `target`; None ends a REGISTER under way."""
        address = self._engine.source_address(target.address) if target else ""
        course = Course(target, self._way.transport(self.account), address)
        if self._configured == (self.account, course) and not self._is_retired:
            return  # each time would cost the engine memory
        config = account_config(self.account, course, is_retired=self._is_retired)
        if self._pj is None:
            self._pj = SipAccount(self, self._loop)
            self._pj.create(config)
        else:
            self._pj.modify(config)
        self._configured = (self.account, course)

    def _unanswered(self) -> None:
        words = self._in_words(self._problem or registration.words_of(408, ""))
        if self._servers.is_last and self.account.transport == "udp":  # asking anew would be no different
            self._decided(registration.unanswered(self._state, words))
            return
        self._is_asking = False
        self._configure(None)
        if self._servers.is_last and self._state.phase is Phase.REGISTERED:  # the connection may be all that is dead
            self._start_afresh(words)
        else:
            self._failed(408, words, None)

    def _failed(self, status: int, words: str, retry_after: float | None) -> None:
        decision = registration.failed(
            self._state,
            status=status,
            words=self._in_words(words),
            retry_after_s=retry_after,
            dice=self._dice(),
            is_last_target=self._servers.is_last,
        )
        self._decided(decision)

    def _in_words(self, words: str) -> str:
        where = split_place(self.account.place)[0]
        return words if where in words else f"{where}: {words}"

    def _connection_news(self, news: ConnectionNews) -> None:
        """Called inside the engine's callback."""
        if not news.is_up and self._servers.serves(news.remote):
            self._problem = news.problem
            self._loop.post(lambda: self._connection_lost(news.problem))

    def _connection_lost(self, problem: str) -> None:
        if self.account.is_registering and not self._is_retired:
            self._decided(registration.connection_lost(self._state, problem, self._dice()))

    def _call_met_silence(self) -> None:
        if self._is_retired:
            return
        if self.account.is_registering:
            self._start_afresh("a call was not answered")
        else:
            self._servers.next()
            self._register()

    def _start_afresh(self, why: str) -> None:
        self._decided(registration.connection_lost(self._state, why, self._dice(), is_fresh_connection=True))

    def _set(self, state: Registration) -> None:
        before, self._state = self._state, state
        if replace(before, failures=0, retry_in_s=None) == replace(state, failures=0, retry_in_s=None):
            return
        if before.text != state.text and state.phase not in (Phase.OFF, Phase.REGISTERING):
            is_bad = state.phase is Phase.REFUSED or state.failures > 0
            _LOG.log(logging.WARNING if is_bad else logging.INFO, "trunk %s: %s", self.name, state.text)
        self._on_change()

    # ---- the end -------------------------------------------------------------------------------------

    def _leave(self, then: Callable[[], None]) -> None:
        """Unregister; `then` comes when that was answered, or will not be."""
        self._is_asking = False
        if self._pj is not None and self._pj.unregister():
            self._when_left = then
            self._set_timer(_FAREWELL_S, self._left)
        else:
            self._set_timer(None)
            then()

    def _left(self) -> None:
        then, self._when_left = self._when_left, None
        self._set_timer(None)
        if then is not None:
            then()

    def _close(self) -> None:
        if self._live_legs():  # a BYE that is not answered yet
            self._set_timer(_FAREWELL_S, self._close)
            return
        if self._pj is not None:
            self._pj.close()
            self._pj = None
        self._way.close()

    def _live_legs(self) -> list[SipLeg]:
        return [leg for leg in self._legs if not leg.is_gone]

    def _set_timer(self, delay_s: float | None, action: Callable[[], None] = lambda: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay_s is None else self._loop.call_later(delay_s, action)
