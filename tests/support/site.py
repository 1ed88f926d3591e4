"""A box with a trunk to a registrar, and telephones behind that registrar: what tests of trunks begin with."""

import html
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.bench.visitor import Visitor, page_of
from tests.support.baresip import REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.ca import TestCa
from tests.support.network import free_port, loopback_address
from tests.support.registrar import Registrar
from tests.support.scenes import gateway_pid
from tests.support.sound import RATE_HZ, Samples, fingerprint, likeness, resample
from tests.support.waiting import until

DOMAIN = "example.test"
BOX, BOB, CAROL, DAVE = "5551000", "5552001", "5552002", "5552003"  # the box's own number outside, and people there
USERS = {BOX: "box-secret", BOB: "bob-secret", CAROL: "carol-secret", DAVE: "dave-secret"}
REFUSING = {"5559486": 486, "5559404": 404, "5559480": 480, "5559503": 503, "5559603": 603}
BOB_SAYS = fingerprint(77, 30.0)
ALIKE = 0.6  # unlike noises stay under 0.35
WINDOW_S = 0.25  # a busy machine tears holes into what is heard
TALK_S = 8.0
TALK_TRIES = 3

_IDLE_S = 15.0


class Site:
    """One box for many tests: each sets its own trunks and leaves everybody on the hook."""

    def __init__(self, folder: Path) -> None:
        self.ca = TestCa(folder / "ca")
        self.registrar = Registrar(
            folder / "registrar", USERS, certificate=self.ca.server(DOMAIN), replies=REFUSING, domain=DOMAIN
        )
        self.address = loopback_address()
        self.port = free_port(self.address)
        # Seven digits are a whole number here: no pause for more.
        settings: dict[str, object] = {"dialling/digit_map": "[2-9]xxxxxx"}
        settings |= {"sip/address": self.address, "sip/udp_port": self.port}
        self.box = Box(folder / "box", settings)
        self._names = (f"t{number}" for number in itertools.count(1))
        self._folder = folder
        self._log_read = 0
        self._pid = 0

    def __enter__(self) -> Self:
        self.registrar.start()
        before = os.environ.get("TWINLINE_LOG")
        os.environ["TWINLINE_LOG"] = "info"  # for the box alone: it asks when it is made
        try:
            self.box = Box(self.box.folder, self.box.settings)
            self.box.start()
        except BaseException:
            self.registrar.stop()
            raise
        finally:
            os.environ.pop("TWINLINE_LOG") if before is None else os.environ.update(TWINLINE_LOG=before)
        self._pid = self.gateway_pid()
        assert self.box.phone(1).state["hook"] == "on-hook"  # and the connection to the simulator is there
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.box.stop()
        self.registrar.stop()

    # ---- trunks --------------------------------------------------------------------------------------

    def trunk(self, transport: str = "udp", registrar: Registrar | None = None, **changes: object) -> dict[str, Any]:
        """The settings of a trunk to the registrar, under a name of its own."""
        trunk = {
            "name": next(self._names),
            "username": BOX,
            "password": USERS[BOX],
            "domain": DOMAIN,
            "outbound_proxy": (registrar or self.registrar).host(transport),
            "transport": transport,
        }
        if transport == "tls":
            trunk |= {"tls_name": DOMAIN, "tls_ca_file": str(self.ca.file)}
        return trunk | changes

    def use(self, *trunks: dict[str, Any], **settings: object) -> None:
        """These trunks from now on, and none besides: the outside line is not tried after them."""
        routes = [trunk["name"] for trunk in trunks]
        self.box.set(trunks=list(trunks), dialling__routes=routes, **settings)
        names = sorted(routes)
        until(lambda: self.trunk_names() == names, 10, f"trunks {names}, now {self.trunk_names()}")

    def register(
        self, transport: str = "udp", registrar: Registrar | None = None, within_s: float = 10.0, **changes: object
    ) -> dict[str, Any]:
        """Use one trunk and wait until it is registered."""
        trunk = self.trunk(transport, registrar, **changes)
        self.use(trunk)
        self.box.wait_trunk(trunk["name"], "registered", within_s)
        return trunk

    def use_peer(self, place: str, **changes: object) -> dict[str, Any]:
        """Use one trunk that registers nowhere: calls go to `address:port`, and may come from there."""
        trunk = self.trunk("udp", outbound_proxy=place, is_registering=False, **changes)
        self.use(trunk)
        self.box.wait_trunk(trunk["name"], "registered")
        return trunk

    @property
    def place(self) -> str:
        """Where the box waits for calls over UDP."""
        return f"{self.address}:{self.port}"

    def trunk_names(self) -> list[str]:
        """SIP trunks in the status."""
        return sorted(trunk["name"] for trunk in self.box.status()["trunks"] if trunk["kind"] == "sip")

    # ---- people outside ------------------------------------------------------------------------------

    @contextmanager
    def person(
        self,
        folder: Path,
        user: str = BOB,
        transport: str = "udp",
        registrar: Registrar | None = None,
        *,
        plays: Samples = BOB_SAYS,
        options: dict[str, str] | None = None,
        **changes: Any,
    ) -> Iterator[Baresip]:
        """A telephone behind the registrar, registered."""
        proxy = (registrar or self.registrar).host(transport)
        account = Account(
            user, DOMAIN, **({"password": USERS[user], "transport": transport, "outbound_proxy": proxy} | changes)
        )
        with Baresip(folder / user, account, plays=plays, trusts=self.ca.file, options=options) as person:
            person.wait_for(REGISTERED)
            yield person

    # ---- hearing -------------------------------------------------------------------------------------

    def assert_talk(self, phone: int, person: Baresip, folder: Path, seconds: float = 1.2) -> None:
        """Telephone and person hear what the other says, at the same time."""
        telephone = self.box.phone(phone)
        alike: list[tuple[float, float, int]] = []
        deadline = time.monotonic() + TALK_S
        while not alike or min(alike[-1][:2]) < ALIKE:
            # A machine that is busy may take seconds for one look.
            if len(alike) >= TALK_TRIES and time.monotonic() > deadline:
                raise AssertionError(f"how alike telephone {phone} and person heard: {alike}\n{self._seen(person)}")
            said, before = fingerprint(next(_seeds), seconds), len(person.heard()[0])
            telephone.play(said, folder)
            heard = telephone.record(seconds, folder)
            telephone_hears = likeness(BOB_SAYS, heard, window_s=WINDOW_S).correlation
            person_hears = heard_since(person, before, said)
            # No sample more at the person's end: no RTP came; samples that are unlike: silence came, or something else.
            alike.append((round(telephone_hears, 2), round(person_hears, 2), len(person.heard()[0]) - before))

    def _seen(self, person: Baresip) -> str:
        """What both sides know of a call that is not heard."""
        status = self.box.status()
        known = {part: status[part] for part in ("calls", "lines")}
        return f"{known}\n{self.box.log[-2000:]}\n{person.sip_trace()[-3000:]}"

    def assert_silence(self, phone: int, person: Baresip, folder: Path, seconds: float = 1.0) -> None:
        """Neither hears the other."""
        said = fingerprint(next(_seeds), seconds)
        before = len(person.heard()[0])
        self.box.phone(phone).play(said, folder)
        heard = self.box.phone(phone).record(seconds, folder)
        assert likeness(BOB_SAYS, heard, window_s=WINDOW_S).correlation < 0.5
        assert heard_since(person, before, said) < 0.5

    # ---- the box itself ------------------------------------------------------------------------------

    def new_log(self) -> str:
        """What the box logged since this was asked last."""
        log = self.box.log
        start, self._log_read = self._log_read, len(log)
        return log[start:]

    def front_page(self) -> str:
        """What the page says to the installer now."""
        with Visitor(page_of(self.box)).sign_in() as visitor:
            return html.unescape(visitor.get("/").decode())

    def gateway_pid(self) -> int:
        """The process that carries the calls."""
        return gateway_pid(self.box)

    def tidy(self) -> None:
        """Everybody hangs up; raises AssertionError when a call stays, the gateway was replaced or a fault logged."""
        log = self.box.log[self._log_read :]
        for number in (1, 2):
            if self.box.phone(number).state["hook"] == "off-hook":
                self.box.phone(number).hang_up()
        self.box.wait_idle(_IDLE_S)
        for line in ("fxs1", "fxs2"):
            self.box.wait_line(line, "on-hook")
        assert self.gateway_pid() == self._pid, "the gateway was replaced"
        assert "Traceback" not in log and "gateway error" not in log, log


_seeds = itertools.count(1000)


def heard_since(person: Baresip, before: int, said: Samples) -> float:
    """How much like `said` it is what the person heard after the first `before` samples."""
    samples, rate_hz = person.heard()
    return likeness(said, resample(samples[before:], rate_hz, RATE_HZ), window_s=WINDOW_S).correlation
