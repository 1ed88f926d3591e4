"""Keeps the box announced whatever happens to the network: follows addresses, names and failures. Knows no records."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.appliance import discovery, netlink
from firmware.appliance.announcements import Announcement
from firmware.appliance.netlink import LanAddress
from firmware.log import Transitions

_LOG = logging.getLogger(__name__)

_SETTLE_S = 0.3  # an interface that comes up brings several changes at once
_LOOK_AGAIN_S = 30.0  # should the kernel's word be lost
_RETRY_FIRST_S, _RETRY_MAX_S = 1.0, 60.0
_NUMBER_MAX = 99
_CONFLICTS_PATIENCE, _CONFLICT_PAUSE_S = 15, 5.0  # RFC 6762 cl. 8.1: after 15 conflicts, 5 s before each next try
_STOP_S = 3.0  # two goodbyes, and what an unplugged network costs
_FILE_MAX_BYTES = 200


@dataclass(frozen=True, slots=True)
class PresenceState:
    """For the status. `name` is the host name without ".local", empty while nothing is announced."""

    name: str = ""
    addresses: tuple[str, ...] = ()
    problem: str = ""


class Presence:
    """Announces on a thread of its own. Its failure harms nothing but itself: said once, tried again.

    `memory` is a file that keeps the name the box came to after a conflict (RFC 6762 cl. 9), so that two boxes
    do not swap names when the power comes back.
    """

    def __init__(self, memory: Path, *, is_loopback_wanted: bool = False) -> None:
        self._memory = memory
        self._is_loopback_wanted = is_loopback_wanted
        self._wanted: Announcement | None = None
        self._state = PresenceState()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._is_stopping = False
        self._delay_s = _RETRY_FIRST_S
        self._transitions = Transitions(_LOG)
        self._yields = discovery.Yields()
        self._base, self._number = "", 1
        self._thread = threading.Thread(target=self._run, name="discovery", daemon=True)

    @property
    def state(self) -> PresenceState:
        """What is announced now."""
        return self._state

    def start(self) -> None:
        """Begin; nothing is announced before `announce`."""
        self._thread.start()

    def announce(self, wanted: Announcement | None) -> None:
        """Say this from now on; None: nothing. Any thread."""
        with self._lock:
            is_news, self._wanted = wanted != self._wanted, wanted
        if is_news:
            self._nudge()

    def stop(self) -> None:
        """Say goodbye and end."""
        self._is_stopping = True
        self._nudge()
        self._thread.join(_STOP_S)

    def _nudge(self) -> None:
        with self._lock, contextlib.suppress(RuntimeError):  # the loop has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        self._wake.set()
        if self._is_stopping:
            self._stopping.set()

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception:  # the thread's top
            _LOG.exception("discovery has ended")

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._hear_of_fault)
        with self._lock:
            self._loop = loop
        while not self._is_stopping:
            try:
                await self._follow()
            except discovery.ERRORS as error:
                self._failed(str(error) or type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._delay_s)
                self._delay_s = min(2 * self._delay_s, _RETRY_MAX_S)

    def _failed(self, problem: str) -> None:
        self._state = PresenceState(problem=problem)
        words = "the box is not announced on the network (%s); tried again, at last every %.0f s"
        self._transitions.log("state", "failed", logging.WARNING, words, problem, _RETRY_MAX_S)

    async def _follow(self) -> None:
        """Announce, and look again whenever something changed. Raises what a responder raises."""
        loop = asyncio.get_running_loop()
        said, responder = None, None
        with contextlib.closing(netlink.open_watch()) as watch:
            loop.add_reader(watch, self._addresses_changed, watch)
            try:
                while not self._is_stopping:
                    self._wake.clear()
                    wish = self._wish()
                    if responder is not None and (wish is None or said is None or not wish.is_same_place(said)):
                        leaving, responder = responder, None
                        await leaving.close()
                    if wish is not None and responder is None:
                        responder, wish = await self._claimed(wish)
                    elif wish is not None and responder is not None and wish != said:
                        await responder.say(wish.numbered)
                    said = wish
                    self._is_announced(wish)
                    await self._until_something_changes()
            finally:
                loop.remove_reader(watch)
                if responder is not None:
                    await responder.close()

    def _wish(self) -> "_Wish | None":
        addresses = netlink.lan_addresses(is_loopback_wanted=self._is_loopback_wanted)
        with self._lock:
            wanted = self._wanted
        if wanted is None or not wanted.services or not addresses:
            return None
        if wanted.name != self._base:
            self._base, self._number = wanted.name, self._remembered(wanted.name)
        return _Wish(addresses, wanted, self._number)

    async def _claimed(self, wish: "_Wish") -> "tuple[discovery.Responder, _Wish]":
        """A responder that announces the first name that is free."""
        number = self._number
        responder = discovery.Responder(wish.addresses, self._lose_name, self._yields)
        try:
            conflicts = 0
            while not await responder.claim(_numbered(wish.wanted.name, number), wish.wanted.services):
                conflicts += 1
                number = _after(number)
                if conflicts >= _CONFLICTS_PATIENCE:
                    await asyncio.sleep(_CONFLICT_PAUSE_S)
            self._number = number
            self._remember(wish.wanted.name, number)
            wish = replace(wish, number=number)
            await responder.say(wish.numbered)
        except BaseException:
            await responder.close()
            raise
        return responder, wish

    def _lose_name(self) -> None:
        """Another box has it; the next look finds that our number is another."""
        _LOG.info("another machine has our name on the network: taking the next")
        self._number = _after(self._number)
        self._wake.set()

    async def _until_something_changes(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _LOOK_AGAIN_S)
            if not self._is_stopping:
                await asyncio.sleep(_SETTLE_S)

    def _is_announced(self, wish: "_Wish | None") -> None:
        self._delay_s = _RETRY_FIRST_S
        if wish is None:
            level = logging.INFO if self._state.name else logging.DEBUG
            self._state = PresenceState()
            self._transitions.log("state", "nothing", level, "nothing is announced on the network")
            return
        name = wish.numbered.name
        self._state = PresenceState(name, tuple(str(one.address) for one in wish.addresses))
        kinds = ", ".join(service.kind for service in wish.wanted.services)
        self._transitions.log("state", (name, kinds), logging.INFO, "announced as %s.local: %s", name, kinds)

    def _addresses_changed(self, watch: socket.socket) -> None:
        try:
            netlink.drain(watch)
        finally:
            self._wake.set()

    def _hear_of_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A callback of the library raised: said once of each kind, for a stranger may send it a million times."""
        error = context.get("exception")
        words = f"{type(error).__name__} {context.get('message')}"[:200]
        self._transitions.log(f"fault {words}", True, logging.WARNING, "discovery: %s: %s", words, error)

    def _remembered(self, name: str) -> int:
        try:
            with self._memory.open("rb") as file:
                word, _, number = file.read(_FILE_MAX_BYTES).decode().partition(" ")
            return max(1, min(int(number), _NUMBER_MAX)) if word == name else 1
        except (OSError, ValueError):
            return 1

    def _remember(self, name: str, number: int) -> None:
        if self._remembered(name) == number:
            return
        new = self._memory.with_name(f".{self._memory.name}.new")
        try:
            new.write_text(f"{name} {number}\n")
            new.replace(self._memory)
        except OSError as error:
            _LOG.debug("the name is not remembered: %s", error)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to announce where."""

    addresses: Sequence[LanAddress]
    wanted: Announcement
    number: int

    @property
    def numbered(self) -> Announcement:
        return replace(self.wanted, name=_numbered(self.wanted.name, self.number))

    def is_same_place(self, other: "_Wish") -> bool:
        """Whether only services differ."""
        return (self.addresses, self.wanted.name, self.number) == (other.addresses, other.wanted.name, other.number)


def _after(number: int) -> int:
    return number + 1 if number < _NUMBER_MAX else 2


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
