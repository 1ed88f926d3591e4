"""The registrar as its user sees it: one thread that keeps Kamailio alive and tells it what changes."""

import contextlib
import logging
import os
import queue
import selectors
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.registrar import tables
from firmware.registrar.addresses import own_addresses
from firmware.registrar.certificate import ensure_certificate
from firmware.registrar.kamailio import Kamailio, check, end_leftover, modules_folder
from firmware.registrar.lines import ContactsChanged, SecurityEvent, device_of, read_line
from firmware.registrar.options import ANY_ADDRESS, Inside, Places, RegistrarOptions, Unfit, ha1, is_extension
from firmware.registrar.presence import Lamp, lamp_document, messages_document
from firmware.registrar.publisher import Publisher
from firmware.registrar.rpc import Refused, Rpc, Unreachable
from firmware.registrar.script import script, tls_profile

_LOG = logging.getLogger(__name__)

_LOOK_S = 2.0  # own addresses change with DHCP; a look costs 0.1 ms
_ANSWERS_WITHIN_S = 10.0  # a Kamailio that is busier than that is taken for dead
_DELAY_S = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before the n-th start after quick deaths
_STABLE_S = 10.0
_ORDERS_MAX = 100_000  # a lamp for each of 10,000 extensions, several times over


@dataclass(frozen=True, slots=True)
class RegistrarState:
    """For the status: `is_up` when telephones can register; `problem` in words; restarts since the start."""

    is_up: bool
    problem: str
    restarts: int
    registered: int


class Registrar:
    """Kamailio with its accounts. Methods may be called from any thread and never wait, but for `start` and `stop`.

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
        self._options = options
        self._inside = inside
        self._places = places
        self._on_security = on_security
        self._on_registered = on_registered
        self._key = os.urandom(8).hex()
        self._passwords: dict[str, str] = {}
        self._ha1: dict[str, str] = {}
        self._registered: frozenset[str] = frozenset()
        self._devices: dict[str, tuple[str, str]] = {}
        self._problem = ""
        self._restarts = -1
        self._is_up = False
        self._orders: queue.Queue[Callable[[], None]] = queue.Queue(_ORDERS_MAX)
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="registrar", daemon=True)
        self._kamailio: Kamailio | None = None
        self._rpc: Rpc | None = None
        self._publisher = Publisher(inside, options.realm)
        self._selector = selectors.DefaultSelector()
        self._addresses: tuple[str, ...] = ()
        self._started = self._due = self._look_due = self._asked_alive = 0.0
        self._quick_deaths = 0
        self._dirty: dict[str, None] = {}
        self._shown: dict[tuple[str, type], Lamp | tuple[int, int]] = {}

    # ---- from any thread -------------------------------------------------------------------------------

    def start(self, accounts: Mapping[str, str]) -> None:
        """Begin, with these accounts: extension -> password; who has an empty one may not register."""
        self._passwords = _usable(accounts)
        self._thread.start()

    def stop(self) -> None:
        """End Kamailio and the thread."""
        self._order(self._stop)
        self._thread.join(10.0)

    def set_accounts(self, accounts: Mapping[str, str]) -> None:
        """Other accounts count from now on, at once and without a restart; who is gone is unregistered."""
        fresh = _usable(accounts)
        self._order(lambda: self._change_accounts(fresh))

    def set_options(self, options: RegistrarOptions) -> None:
        """Listen and guard otherwise. A configuration that does not fit leaves the old one at work."""
        self._order(lambda: self._change_options(options))

    def set_lamp(self, extension: str, lamp: Lamp) -> None:
        """What lamps for this extension show from now on."""
        self._order(lambda: self._say(extension, lamp))

    def set_messages(self, extension: str, new: int, old: int) -> None:
        """What the message light of this extension's telephones shows from now on."""
        self._order(lambda: self._say(extension, (new, old)))

    def is_registered(self, extension: str) -> bool:
        """Whether any device of the extension is registered, as far as is known."""
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
        return RegistrarState(self._is_up, self._problem, max(0, self._restarts), len(self._registered))

    @property
    def pid(self) -> int:
        """Kamailio's process, 0 without one. For tests."""
        kamailio = self._kamailio
        return kamailio.pid if kamailio is not None else 0

    # ---- the thread ------------------------------------------------------------------------------------

    def _order(self, action: Callable[[], None]) -> None:
        try:
            self._orders.put_nowait(action)
        except queue.Full:
            _LOG.error("the registrar is %d orders behind: one is lost", _ORDERS_MAX)
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    def _run(self) -> None:
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._woken)
        self._selector.register(self._publisher.socket, selectors.EVENT_READ, self._publisher.received)
        end_leftover(self._places)
        try:
            while not self._is_stopping:
                try:
                    self._round()
                except Exception:
                    _LOG.exception("registrar")
                    self._bury("failed")
        finally:
            self._close()

    def _round(self) -> None:
        if self._kamailio is None and time.monotonic() >= self._due:
            self._bring_up()
        for selected, _ in self._selector.select(self._wait_s()):
            selected.data()
        self._publisher.tick()
        self._look()

    def _wait_s(self) -> float:
        if self._dirty:
            return 0.0
        waits = [self._publisher.due_s(), max(0.0, self._look_due - time.monotonic())]
        if self._kamailio is None:
            waits.append(max(0.0, self._due - time.monotonic()))
        return min(waits)

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        while True:
            try:
                action = self._orders.get_nowait()
            except queue.Empty:
                return
            action()

    def _close(self) -> None:
        self._end_kamailio()
        self._publisher.close()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _stop(self) -> None:
        self._is_stopping = True

    # ---- Kamailio's life -------------------------------------------------------------------------------

    def _bring_up(self) -> None:
        self._started = time.monotonic()
        try:
            self._write(self._options)
            self._ha1 = {name: ha1(name, self._options.realm, word) for name, word in self._passwords.items()}
            tables.write_accounts(self._places.accounts, self._ha1)
            tables.prepare_places(self._places.places)
            known = tables.keep_only(self._places.places, self._ha1)
            self._kamailio = Kamailio(self._places)
        except (Unfit, OSError) as error:
            self._bury(str(error))
            return
        self._restarts += 1
        self._selector.register(self._kamailio.output, selectors.EVENT_READ, self._heard)
        self._selector.register(self._kamailio.death, selectors.EVENT_READ, self._died)
        self._rpc = Rpc(self._places.rpc)
        self._asked_alive = time.monotonic()
        self._set_registered(frozenset(known))
        self._dirty = dict.fromkeys(known)

    def _write(self, options: RegistrarOptions) -> None:
        """Write the configuration, and have Kamailio check it where it is not what was checked before."""
        self._places.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        if options.tls_port:
            ensure_certificate(self._places.certificate, self._places.certificate_key)
            self._places.tls_profile.write_text(tls_profile(self._places))
        self._addresses = own_addresses() if options.address == ANY_ADDRESS else (options.address,)
        if options.address == ANY_ADDRESS:
            self._addresses = ("127.0.0.1", *self._addresses)
        text = script(
            options,
            self._inside,
            self._places,
            addresses=self._addresses,
            modules=modules_folder(),
            key=self._key,
        )
        current = self._places.script
        if current.exists() and current.read_text() == text:
            return
        fresh = current.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        if not self._places.accounts.exists():
            tables.write_accounts(self._places.accounts, {})
        check(fresh, self._places.run)
        os.replace(fresh, current)

    def _heard(self) -> None:
        if self._kamailio is None:
            return
        for line in self._kamailio.lines():
            self._take(line)

    def _died(self) -> None:
        if self._kamailio is not None and not self._kamailio.is_running:
            self._heard()
            self._bury("ended")

    def _take(self, line: str) -> None:
        meaning = read_line(line, self._key)
        if isinstance(meaning, SecurityEvent):
            _LOG.warning("%s", meaning.line)
            self._on_security(meaning)
        elif isinstance(meaning, ContactsChanged):
            self._dirty[meaning.extension] = None
        elif line.strip():
            _LOG.debug("kamailio: %s", line)

    def _bury(self, problem: str) -> None:
        lived_s = time.monotonic() - self._started
        self._quick_deaths = 0 if lived_s >= _STABLE_S else self._quick_deaths + 1
        delay_s = _DELAY_S[min(self._quick_deaths, len(_DELAY_S) - 1)]
        if problem != self._problem or not delay_s:
            _LOG.warning("registrar of IP telephones: %s, again in %g s", problem, delay_s)
        self._problem = problem
        self._end_kamailio()
        self._due = time.monotonic() + delay_s

    def _end_kamailio(self) -> None:
        self._is_up = False
        if self._rpc is not None:
            self._rpc.close()
            self._rpc = None
        if self._kamailio is not None:
            self._selector.unregister(self._kamailio.output)
            self._selector.unregister(self._kamailio.death)
            self._kamailio.end()
            self._kamailio = None

    def _look(self) -> None:
        """Whether it lives and answers, who is registered, and whether our addresses are what they were."""
        now = time.monotonic()
        if self._kamailio is None or self._rpc is None:
            return
        if now < self._look_due and self._is_up and not self._dirty:
            return
        self._look_due = now + (_LOOK_S if self._is_up else 0.02)
        try:
            self._rpc.call("core.version")
            self._asked_alive = now
            self._came_up()
            self._count_contacts()
        except Unreachable as error:
            if now - self._asked_alive > _ANSWERS_WITHIN_S:
                self._bury(f"does not answer ({error})")
            return
        if self._options.address == ANY_ADDRESS and ("127.0.0.1", *own_addresses()) != self._addresses:
            _LOG.info("the box has other addresses: the registrar is started anew")
            self._end_kamailio()
            self._due = now

    def _came_up(self) -> None:
        if not self._is_up:
            self._is_up = True
            self._problem = ""
            self._publisher.say_all_again()

    def _count_contacts(self) -> None:
        if self._rpc is None:
            return
        registered = set(self._registered)
        for _ in range(min(len(self._dirty), 200)):  # then others have their turn
            extension = next(iter(self._dirty))
            found = self._rpc.call("ul.lookup", "location", extension)
            del self._dirty[extension]
            device = device_of(found)
            if device is None:
                registered.discard(extension)
                self._devices.pop(extension, None)
            else:
                registered.add(extension)
                self._devices[extension] = device
        self._set_registered(frozenset(registered))

    def _set_registered(self, registered: frozenset[str]) -> None:
        before, self._registered = self._registered, registered
        for extension in registered ^ before:
            self._on_registered(extension, extension in registered)

    # ---- changes ---------------------------------------------------------------------------------------

    def _change_accounts(self, passwords: dict[str, str]) -> None:
        gone = self._passwords.keys() - passwords.keys()
        changed = {name: word for name, word in passwords.items() if self._passwords.get(name) != word}
        self._passwords = passwords
        fresh = {name: ha1(name, self._options.realm, word) for name, word in changed.items()}
        others = {name: word for name, word in self._ha1.items() if name not in gone}
        self._ha1 = others | fresh
        for name in gone:
            self._publisher.forget(name)
            self._shown.pop((name, Lamp), None)
            self._shown.pop((name, tuple), None)
        if self._rpc is None or not self._is_up or not (gone or changed):
            return
        tables.write_accounts(self._places.accounts, self._ha1)
        try:
            self._tell_accounts(gone, fresh)
        except (Refused, Unreachable) as error:  # the file has it: a new start does
            self._bury(f"took no change of accounts ({error})")

    def _tell_accounts(self, gone: set[str], fresh: Mapping[str, str]) -> None:
        assert self._rpc is not None
        for name in gone:
            self._rpc.call("htable.delete", "ha1", name)
        for name, word in fresh.items():
            self._rpc.call("htable.sets", "ha1", name, word)
        for name in [*gone, *fresh]:  # who has another password registers again with it
            if name in self._registered:
                self._rpc.call("ul.rm", "location", name)
                self._dirty[name] = None

    def _change_options(self, options: RegistrarOptions) -> None:
        if options == self._options:
            return
        try:
            self._write(options)
        except (Unfit, OSError) as error:
            self._problem = str(error)
            _LOG.error("registrar of IP telephones keeps its former settings: %s", error)
            return
        self._options = options
        self._end_kamailio()
        self._publisher.set_realm(options.realm)
        for (extension, _), value in list(self._shown.items()):
            self._say(extension, value)
        self._due = 0.0

    def _say(self, extension: str, value: Lamp | tuple[int, int]) -> None:
        self._shown[extension, type(value)] = value
        if isinstance(value, Lamp):
            self._publisher.say(lamp_document(extension, self._options.realm, value))
        else:
            self._publisher.say(messages_document(extension, self._options.realm, *value))


def _usable(accounts: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name, word in accounts.items() if word and is_extension(name)}
