"""The registrar as its user sees it: one thread that keeps Kamailio alive and tells it what changes."""

import contextlib
import logging
import os
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.registrar import tables
from firmware.registrar.keeper import Keeper
from firmware.registrar.lines import ContactsChanged, SecurityEvent, device_of, read_line
from firmware.registrar.options import Inside, Places, RegistrarOptions, ha1, is_extension
from firmware.registrar.presence import Lamp, lamp_document, messages_document
from firmware.registrar.publisher import Publisher
from firmware.registrar.rpc import Refused, Unreachable

_LOG = logging.getLogger(__name__)

_ORDERS_MAX = 100_000  # a lamp for each of 10,000 extensions, several times over
_LOOKUPS_MAX = 200  # in a row; 20 ms, then others have their turn
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class RegistrarState:
    """For the status: `is_up` when telephones can register; `problem` in words; restarts since the start."""

    is_up: bool
    problem: str
    restarts: int
    registered: int


class Registrar:
    """Kamailio with its accounts. Methods may be called from any thread and never wait, but for `stop`.

    `on_security` and `on_registered(extension, is_registered)` are called on the registrar's own thread.
    """

    def __init__(
        self,
        options: RegistrarOptions,
        *,
        inside: Inside,
        places: Places,
        on_security: Callable[[SecurityEvent], None] = lambda event: None,
        on_registered: Callable[[str, bool], None] = lambda extension, is_registered: None,
    ) -> None:
        self._places = places
        self._on_security = on_security
        self._on_registered = on_registered
        self._key = os.urandom(8).hex()
        self._passwords: dict[str, str] = {}
        self._ha1: dict[str, str] = {}
        self._registered: frozenset[str] = frozenset()
        self._devices: dict[str, tuple[str, str]] = {}
        self._dirty: dict[str, None] = {}  # an ordered set: whose contacts have to be looked up
        self._shown: dict[tuple[str, type], Lamp | tuple[int, int]] = {}
        self._orders: queue.Queue[Callable[[], None]] = queue.Queue(_ORDERS_MAX)
        self._woken_by, self._wakes = socket.socketpair()
        self._woken_by.setblocking(False)
        self._wakes.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._publisher = Publisher(inside, options.realm)
        self._keeper = Keeper(
            options, inside=inside, places=places, key=self._key, selector=self._selector, on_line=self._take
        )
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="registrar", daemon=True)

    # ---- from any thread -------------------------------------------------------------------------------

    def start(self, accounts: Mapping[str, str]) -> None:
        """Begin, with these accounts: extension -> password; who has an empty one may not register."""
        self._passwords = _usable(accounts)
        self._thread.start()

    def stop(self) -> None:
        """End Kamailio and the thread."""
        if self._thread.is_alive():
            self._order(self._stop)
            self._thread.join(_STOP_S)
        for end in (self._woken_by, self._wakes, self._publisher, self._selector):
            end.close()

    def set_accounts(self, accounts: Mapping[str, str]) -> None:
        """Other accounts count from now on, at once and without a restart; who is gone is unregistered."""
        given = dict(accounts)
        self._order(lambda: self._change_accounts(_usable(given)))

    def set_options(self, options: RegistrarOptions) -> None:
        """Listen and guard otherwise, after a restart of Kamailio that calls do not notice and registrations survive.
        A configuration that does not fit leaves the old one at work, and `state` says why."""
        self._order(lambda: self._change_options(options))

    def set_lamp(self, extension: str, lamp: Lamp) -> None:
        """What lamps for this extension show from now on."""
        self._order(lambda: self._say(extension, lamp))

    def set_messages(self, extension: str, new: int, old: int) -> None:
        """What the message light of this extension's telephones shows from now on."""
        self._order(lambda: self._say(extension, (new, old)))

    def is_registered(self, extension: str) -> bool:
        """Whether any device of the extension is registered, as far as is known: it lags some ms behind."""
        return extension in self._registered

    def host_of(self, extension: str) -> str:
        """The box's own address as the extension's telephones know it, "" where none is registered."""
        return self._devices.get(extension, ("", ""))[0]

    def address_of(self, extension: str) -> str:
        """The "address:port" of a device of the extension, "" where none is registered."""
        return self._devices.get(extension, ("", ""))[1]

    @property
    def registered(self) -> frozenset[str]:
        """Every extension that is."""
        return self._registered

    def state(self) -> RegistrarState:
        """For the status."""
        keeper = self._keeper
        return RegistrarState(keeper.is_up, keeper.problem, max(0, keeper.starts - 1), len(self._registered))

    @property
    def pid(self) -> int:
        """Kamailio's process, 0 without one. For tests."""
        return self._keeper.pid

    # ---- the thread ------------------------------------------------------------------------------------

    def _order(self, action: Callable[[], None]) -> None:
        try:
            self._orders.put_nowait(action)
        except queue.Full:
            _LOG.error("the registrar is %d orders behind: one is lost", _ORDERS_MAX)
        with contextlib.suppress(OSError):  # full: it is awake; closed: it is stopped
            self._wakes.send(b"!")

    def _run(self) -> None:
        self._selector.register(self._woken_by, selectors.EVENT_READ, self._woken)
        self._selector.register(self._publisher.socket, selectors.EVENT_READ, self._publisher.received)
        try:
            self._keeper.clear()
            while not self._is_stopping:
                try:
                    self._round()
                except Exception:
                    _LOG.exception("registrar")
                    self._keeper.bury("failed")
        finally:
            self._keeper.end()

    def _round(self) -> None:
        if self._keeper.is_due:
            self._bring_up()
        wait_s = 0.0 if self._dirty and self._keeper.is_up else min(self._keeper.wait_s(), self._publisher.due_s())
        for selected, _ in self._selector.select(wait_s):
            selected.data()
        if self._keeper.look():
            self._publisher.say_all_again()
        self._count_contacts()
        self._publisher.tick()

    def _bring_up(self) -> None:
        realm = self._keeper.options.realm
        self._ha1 = {name: ha1(name, realm, word) for name, word in self._passwords.items()}
        known = self._keeper.bring_up(self._ha1)
        if known is not None:
            self._set_registered(frozenset(known))
            self._dirty = dict.fromkeys(known)

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken_by.recv(4096)
        while True:
            try:
                action = self._orders.get_nowait()
            except queue.Empty:
                return
            action()

    def _stop(self) -> None:
        self._is_stopping = True

    def _take(self, line: str) -> None:
        meaning = read_line(line, self._key)
        if isinstance(meaning, SecurityEvent):
            _LOG.warning("%s", meaning.line)
            self._on_security(meaning)
        elif isinstance(meaning, ContactsChanged):
            self._dirty[meaning.extension] = None
        elif line.strip():
            _LOG.debug("kamailio: %s", line)

    # ---- who is registered -----------------------------------------------------------------------------

    def _count_contacts(self) -> None:
        rpc = self._keeper.rpc
        if rpc is None or not self._keeper.is_up or not self._dirty:
            return
        registered = set(self._registered)
        try:
            for extension in list(self._dirty)[:_LOOKUPS_MAX]:
                device = device_of(rpc.call("ul.lookup", "location", extension))
                del self._dirty[extension]
                if device is None:
                    registered.discard(extension)
                    self._devices.pop(extension, None)
                else:
                    registered.add(extension)
                    self._devices[extension] = device
        except (Refused, Unreachable) as error:
            self._keeper.bury(f"does not say who is registered ({error})")
        self._set_registered(frozenset(registered))

    def _set_registered(self, registered: frozenset[str]) -> None:
        before, self._registered = self._registered, registered
        for extension in registered ^ before:
            self._on_registered(extension, extension in registered)

    # ---- changes ---------------------------------------------------------------------------------------

    def _change_accounts(self, passwords: dict[str, str]) -> None:
        realm = self._keeper.options.realm
        gone = self._passwords.keys() - passwords.keys()
        changed = {name: word for name, word in passwords.items() if self._passwords.get(name) != word}
        self._passwords = passwords
        for name in gone:
            self._ha1.pop(name, None)
            self._publisher.forget(name)
            self._shown.pop((name, Lamp), None)
            self._shown.pop((name, tuple), None)
        fresh = {name: ha1(name, realm, word) for name, word in changed.items()}
        self._ha1 |= fresh
        if self._keeper.pid and (gone or changed):
            try:
                self._tell_accounts(gone, fresh)
            except (Refused, Unreachable, OSError) as error:  # a new start has them all
                self._keeper.bury(f"took no change of accounts ({error})")

    def _tell_accounts(self, gone: set[str], fresh: Mapping[str, str]) -> None:
        rpc = self._keeper.rpc
        if rpc is None:
            return
        for name in gone:
            rpc.call("htable.delete", "ha1", name)
        for name, word in fresh.items():
            rpc.call("htable.sets", "ha1", name, word)
        for name in [*gone, *fresh]:  # who has another password registers again with it
            if name in self._registered:
                rpc.call("ul.rm", "location", name)
                self._dirty[name] = None
        tables.write_accounts(self._places.accounts, self._ha1)

    def _change_options(self, options: RegistrarOptions) -> None:
        if options == self._keeper.options or not self._keeper.change(options):
            return
        self._publisher.set_realm(options.realm)
        for (extension, _), value in list(self._shown.items()):
            self._say(extension, value)

    def _say(self, extension: str, value: Lamp | tuple[int, int]) -> None:
        realm = self._keeper.options.realm
        self._shown[extension, type(value)] = value
        if isinstance(value, Lamp):
            self._publisher.say(lamp_document(extension, realm, value))
        else:
            self._publisher.say(messages_document(extension, realm, *value))


def _usable(accounts: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name, word in accounts.items() if word and is_extension(name)}
