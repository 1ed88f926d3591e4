"""Outside accounts tried live before they are saved: the control socket's method `trunk.try`.

Changes no setting and no trunk. Each trial has a thread of the socket's, which looks names up, listens for the echo
and streams; what lives on the engine is the call thread's.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from firmware import providers
from firmware.control import Refused
from firmware.gateway import plain
from firmware.gateway.roster import Roster
from firmware.settings import Settings, SipTrunk
from firmware.telephony.loop import CallLoop
from firmware.telephony.media.echo_probe import LOOK_EVERY_S
from firmware.telephony.sip.account import TrunkAccount
from firmware.telephony.sip.targets import Lookup, NotFound, Target
from firmware.telephony.sip.trial import Trial
from firmware.telephony.sip.trial_steps import Told

_AT_ONCE_MAX = 2  # each registers at a provider, holds a thread, and plays into the bridge
_LONGEST_S = 42.0  # the page waits 45 s; a spoken introduction before an echo may last half of it
_END_S = 6.0  # for hanging up and unregistering

Item = dict[str, str]


class Trials:
    """`judged` turns a trunk into the settings as they would be saved, or raises Refused."""

    def __init__(
        self,
        *,
        judged: Callable[[Mapping[str, object]], tuple[Settings, SipTrunk]],
        roster: Roster,
        loop: CallLoop,
    ) -> None:
        self._judged = judged
        self._roster = roster
        self._loop = loop
        self._seats = threading.BoundedSemaphore(_AT_ONCE_MAX)
        self._running: set[_Attempt] = set()  # the call thread's

    def attempt(self, trunk: dict[str, object], provider: str = "") -> Iterator[Item | None]:
        """Steps as they are known, in the order of the page's STEPS; None now and then. Raises Refused.

        `provider` names a profile, whose echo test is called; without one the domain tells.
        """
        if not isinstance(trunk, dict) or not isinstance(provider, str):
            raise Refused("trunk is an object with the settings of one, provider a text")
        settings, judged = self._judged(trunk)
        account = plain.trunk_account(settings, judged)
        profile = providers.find(provider) or providers.by_domain(account.domain)
        lookup = Lookup(lambda: settings.sip.nameservers)
        return self._attempt(account, lookup, profile.echo_test if profile is not None else "")

    def stop(self) -> None:
        """The gateway ends: nothing of a trial may outlive the engine. Call thread."""
        for attempt in list(self._running):
            attempt.close_now()

    def _attempt(self, account: TrunkAccount, lookup: Lookup, echo_number: str) -> Iterator[Item | None]:
        if not self._seats.acquire(blocking=False):
            raise Refused("two accounts are being tried already: wait a moment")
        attempt = _Attempt(self._roster, self._loop, account, echo_number)
        until = time.monotonic() + _LONGEST_S
        try:
            try:
                attempt.targets = lookup.find(account.place, account.transport)
            except NotFound as error:
                yield _item(Told("name", "failed", str(error)))
                return
            yield _item(Told("name", "done", attempt.targets[0].remote))
            self._loop.post(lambda: self._start(attempt))
            yield from attempt.steps(until)
        finally:
            self._loop.post(lambda: self._close(attempt))
        yield from attempt.until_closed()  # else a trunk that is saved now might be unregistered by the trial

    def _start(self, attempt: "_Attempt") -> None:
        self._running.add(attempt)
        attempt.start()

    def _close(self, attempt: "_Attempt") -> None:
        def closed() -> None:
            self._running.discard(attempt)
            attempt.is_closed.set()
            self._seats.release()

        attempt.close(closed)


class _Attempt:
    """One trial between its two threads. `start`, `close` and `close_now` belong to the call thread."""

    def __init__(self, roster: Roster, loop: CallLoop, account: TrunkAccount, echo_number: str) -> None:
        self.targets: list[Target] = []
        self.is_closed = threading.Event()
        self._roster = roster
        self._loop = loop
        self._account = account
        self._echo_number = echo_number
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._trial: Trial | None = None

    def start(self) -> None:
        """Register."""
        self._trial = self._roster.trunks.trial(self._account, self.targets, self._echo_number, tell=self._told.put)
        self._trial.start()

    def close(self, on_closed: Callable[[], None]) -> None:
        """End it; one that never began is closed already."""
        trial, self._trial = self._trial, None
        if trial is None:
            on_closed()
        else:
            trial.close(on_closed)

    def close_now(self) -> None:
        """Wait for nobody."""
        if self._trial is not None:
            self._trial.close_now()

    def steps(self, until: float) -> Iterator[Item | None]:
        """Until the last of them, or the time is over."""
        is_late = False
        while time.monotonic() < until + _END_S:
            try:
                told = self._told.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                yield None
                self._look()
                if not is_late and time.monotonic() > until:
                    is_late = True
                    self._on_trial(Trial.time_over)
                continue
            yield _item(told)
            if told.is_failure or told.step == "echo":
                return

    def until_closed(self) -> Iterator[None]:
        """Until nothing is left of it; not for ever."""
        until = time.monotonic() + _END_S
        while not self.is_closed.wait(LOOK_EVERY_S) and time.monotonic() < until:
            yield None

    def _look(self) -> None:
        trial = self._trial
        if trial is not None:
            heard = trial.look()
            self._on_trial(lambda trial: trial.take(heard))

    def _on_trial(self, do: Callable[[Trial], None]) -> None:
        self._loop.post(lambda: do(self._trial) if self._trial is not None else None)


def _item(told: Told) -> Item:
    return {"step": told.step, "state": told.state, "text": told.text}
