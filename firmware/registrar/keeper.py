"""Keeps one Kamailio alive: writes its files, starts it, sees whether it answers. Knows no passwords."""

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from selectors import EVENT_READ, BaseSelector

from firmware.registrar import tables
from firmware.registrar.addresses import is_taken, own_addresses
from firmware.registrar.certificate import ensure_certificate
from firmware.registrar.kamailio import Kamailio, check, end_leftover, modules_folder
from firmware.registrar.options import ANY_ADDRESS, Inside, Places, RegistrarOptions, Unfit
from firmware.registrar.rpc import Rpc, Unreachable
from firmware.registrar.script import script, tls_profile

_LOG = logging.getLogger(__name__)

_LOOK_S = 2.0  # own addresses change with DHCP; a look costs 0.1 ms
_LOOK_STARTING_S = 0.02
_ANSWERS_WITHIN_S = 10.0  # a Kamailio that is busier than that is taken for dead
_DELAY_S = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before the n-th start after quick deaths
_STABLE_S = 10.0


class Keeper:
    """Belongs to the registrar's thread. `on_line` is given each line that Kamailio logs."""

    def __init__(
        self,
        options: RegistrarOptions,
        *,
        inside: Inside,
        places: Places,
        key: str,
        selector: BaseSelector,
        on_line: Callable[[str], None],
    ) -> None:
        self.options = options
        self.rpc: Rpc | None = None
        self.is_up = False
        self.problem = ""
        self.starts = 0
        self._inside = inside
        self._places = places
        self._key = key
        self._selector = selector
        self._on_line = on_line
        self._kamailio: Kamailio | None = None
        self._addresses: tuple[str, ...] = ()
        self._started = self._due = self._look_due = self._answered = 0.0
        self._quick_deaths = 0

    @property
    def pid(self) -> int:
        """Kamailio's process, 0 without one."""
        kamailio = self._kamailio
        return kamailio.pid if kamailio is not None else 0

    @property
    def is_due(self) -> bool:
        """Whether it has to be started now."""
        return self._kamailio is None and time.monotonic() >= self._due

    def wait_s(self) -> float:
        """Seconds until there is something to do here."""
        return max(0.0, (self._look_due if self._kamailio is not None else self._due) - time.monotonic())

    def clear(self) -> None:
        """End what another keeper may have left behind."""
        end_leftover(self._places)

    def bring_up(self, accounts: Mapping[str, str]) -> set[str] | None:
        """Start it with these accounts (extension -> HA1); returns who is registered still, None when it failed."""
        self._started = time.monotonic()
        try:
            self._write(self.options)
            _require_free_ports(self.options, self._addresses)
            tables.write_accounts(self._places.accounts, accounts)
            tables.prepare_places(self._places.places)
            known = tables.keep_only(self._places.places, accounts)
            self._kamailio = Kamailio(self._places)
        except (Unfit, OSError) as error:
            self.bury(str(error))
            return None
        self.starts += 1
        self._selector.register(self._kamailio.output, EVENT_READ, self._heard)
        self._selector.register(self._kamailio.death, EVENT_READ, self._died)
        self.rpc = Rpc(self._places.rpc)
        self._answered, self._look_due = time.monotonic(), 0.0
        return known

    def change(self, options: RegistrarOptions) -> bool:
        """Use other options from the next start on, which is now; False where Kamailio would not take them."""
        try:
            self._write(options)
        except (Unfit, OSError) as error:
            self.problem = str(error)
            _LOG.error("registrar of IP telephones keeps its former settings: %s", error)
            return False
        self.options = options
        self.end()
        self._due = 0.0
        return True

    def look(self) -> bool:
        """Whether it answers and our addresses are what they were, where a look is due; True when it just came up."""
        now = time.monotonic()
        if self._kamailio is None or self.rpc is None or now < self._look_due:
            return False
        self._look_due = now + (_LOOK_S if self.is_up else _LOOK_STARTING_S)
        try:
            self.rpc.call("core.version")
        except Unreachable as error:
            if now - self._answered > _ANSWERS_WITHIN_S:
                self.bury(f"does not answer ({error})")
            return False
        self._answered = now
        if self._addresses != _addresses(self.options):
            _LOG.info("the box has other addresses: the registrar is started anew")
            self.end()
            self._due = now
            return False
        was_up, self.is_up = self.is_up, True
        if not was_up:
            self.problem = ""
        return not was_up

    def bury(self, problem: str) -> None:
        """It ended, or has to: say so, and when it is started again."""
        lived_s = time.monotonic() - self._started
        self._quick_deaths = 0 if lived_s >= _STABLE_S else self._quick_deaths + 1
        delay_s = _DELAY_S[min(self._quick_deaths, len(_DELAY_S) - 1)]
        if problem != self.problem or not delay_s:
            when = f"in {delay_s:g} s" if delay_s else "at once"
            _LOG.warning("registrar of IP telephones: %s, tried again %s", problem, when)
        self.problem = problem
        self.end()
        self._due = time.monotonic() + delay_s

    def end(self) -> None:
        """End it."""
        self.is_up = False
        if self.rpc is not None:
            self.rpc.close()
            self.rpc = None
        if self._kamailio is not None:
            self._selector.unregister(self._kamailio.output)
            self._selector.unregister(self._kamailio.death)
            self._kamailio.end()
            self._kamailio = None

    def _write(self, options: RegistrarOptions) -> None:
        """Write the configuration; one that differs from what runs is checked by Kamailio before."""
        self._places.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        options.check()
        if options.tls_port:
            ensure_certificate(self._places.certificate, self._places.certificate_key)
            self._places.tls_profile.write_text(tls_profile(self._places))
        addresses = _addresses(options)
        text = script(options, self._inside, self._places, addresses=addresses, modules=modules_folder(), key=self._key)
        current = self._places.script
        if not current.exists() or current.read_text() != text:
            self._check_and_place(text)
        self._addresses = addresses

    def _check_and_place(self, text: str) -> None:
        fresh = self._places.script.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        if not self._places.accounts.exists():
            tables.write_accounts(self._places.accounts, {})
        check(fresh, self._places.run)
        os.replace(fresh, self._places.script)

    def _heard(self) -> None:
        if self._kamailio is not None:
            for line in self._kamailio.lines():
                self._on_line(line)

    def _died(self) -> None:
        if self._kamailio is not None and not self._kamailio.is_running:
            self._heard()
            self.bury("ended")


def _addresses(options: RegistrarOptions) -> tuple[str, ...]:
    """Those to listen at. Kamailio cannot say its own address where it listens at 0.0.0.0, so each is named."""
    return ("127.0.0.1", *own_addresses()) if options.address == ANY_ADDRESS else (options.address,)


def _require_free_ports(options: RegistrarOptions, addresses: Iterable[str]) -> None:
    """Raise Unfit where another program has one: Kamailio would end without a word, or share it and lose requests."""
    for port in filter(None, (options.udp_port, options.tls_port)):
        if is_taken(port, addresses):
            raise Unfit(f"port {port} is used by another program")
