"""A box that subscribes to an Asterisk which plays the hosted PBX, and what its tests do again and again."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import scenes
from tests.support.asterisk import Asterisk, SipMessage, Subscriber
from tests.support.baresip import REGISTERED, Account, Baresip
from tests.support.box import Box
from tests.support.ca import TestCa
from tests.support.network import loopback_address
from tests.support.scenes import LIKE, UNLIKE, WINDOW_S, calm, heard
from tests.support.sound import RATE_HZ, Samples, fingerprint, likeness, resample
from tests.support.waiting import until

DOMAIN = "pbx.example.test"
ANNOUNCEMENT, MUSIC, PERSON_SAYS = fingerprint(901, 4.0), fingerprint(902, 20.0), fingerprint(903, 60.0)
PASSWORDS = {name: f"secret-of-{name}" for name in ("account-200", "account-201", "account-202", "account-203")}
ENCRYPTED, PLAIN, TIMED, PASSING_HOLD = PASSWORDS
PERSON, PERSON_NUMBER, PERSON_PASSWORD = "account-300", "300", "secret-of-account-300"

# 9 goes outside; three digits, or a star and two, are a whole number there.
DIGIT_MAP = "<9=>xxx | <9=>*xx"
SESSION_S = 90  # RFC 4028 section 5: the shortest there may be
TRIES = 5  # a stall of the machine may spoil some, never all
_SHOWN_S = 6.0  # a ring of 2 s, a second of modem

_WIDE = ("alaw", "ulaw", "g722", "opus")
_SUBSCRIBERS = (
    Subscriber(ENCRYPTED, PASSWORDS[ENCRYPTED], is_encrypted=True, codecs=_WIDE),
    Subscriber(PLAIN, PASSWORDS[PLAIN]),
    Subscriber(
        TIMED,
        PASSWORDS[TIMED],
        is_encrypted=True,
        options={"timers": "required", "timers_sess_expires": str(SESSION_S), "timers_min_se": str(SESSION_S)},
    ),
    Subscriber(PASSING_HOLD, PASSWORDS[PASSING_HOLD], is_encrypted=True, options={"moh_passthrough": "yes"}),
    Subscriber(PERSON, PERSON_PASSWORD),
)


class Hosted:
    """One box and one Asterisk for many tests; each test subscribes as it wants and leaves everybody on the hook."""

    def __init__(self, folder: Path) -> None:
        self.ca = TestCa(folder / "ca")
        self._certificate = self.ca.server(DOMAIN)
        self.asterisk = self.another_asterisk(folder / "asterisk")
        self.address = loopback_address()
        self.box = Box(folder / "box", {"sip/address": self.address, "dialling/digit_map": DIGIT_MAP})
        self._seeds = itertools.count(1000)
        self._names = (f"t{number}" for number in itertools.count(1))
        self._messages_read = 0
        self._log_read = 0
        self._used: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.asterisk.start()
        try:
            self.box.start()
            calm(self.box)  # and the connection to the simulator is there
        except BaseException:
            self.asterisk.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.box.stop()
        self.asterisk.stop()

    def another_asterisk(self, folder: Path) -> Asterisk:
        """One that is like `asterisk` and not yet started."""
        return Asterisk(folder, _SUBSCRIBERS, certificate=self._certificate, announcement=ANNOUNCEMENT, music=MUSIC)

    def tidy(self) -> None:
        """Nobody is in a call; what was said so far is forgotten. AssertionError when the box has logged a fault."""
        self.asterisk.manager.command("channel request hangup all")
        calm(self.box)
        log = self.box.log[self._log_read :]
        self._log_read += len(log)
        assert "Traceback" not in log and "gateway error" not in log, log
        until(lambda: self.asterisk.channels() == 0, 10, "Asterisk has no call left")
        self.forget()

    def forget(self) -> None:
        """Messages and events so far are of no interest any more."""
        self.asterisk.manager.forget()
        self._messages_read = len(self.asterisk.messages())

    # ---- the trunk -----------------------------------------------------------------------------------

    def trunk(self, account: str = ENCRYPTED, transport: str = "tls", **changes: object) -> dict[str, Any]:
        """Settings of a trunk: SRTP required over TLS, none elsewhere."""
        trunk = {
            "name": next(self._names),
            "username": account,
            "password": PASSWORDS[account],
            "domain": DOMAIN,
            "outbound_proxy": self.asterisk.host(transport),
            "transport": transport,
            "srtp": "required" if transport == "tls" else "off",
        }
        if transport == "tls":
            trunk |= {"tls_name": DOMAIN, "tls_ca_file": str(self.ca.file)}
        return trunk | changes

    def use(self, trunk: Mapping[str, Any]) -> str:
        """This trunk from now on and no other way out; its name."""
        self.box.set(trunks=[dict(trunk)], dialling__routes=[trunk["name"]])
        self._used = dict(trunk)
        return str(trunk["name"])

    def subscribe(self, account: str = ENCRYPTED, transport: str = "tls", **changes: object) -> str:
        """Have one trunk that is registered; its name. One that is there already stays."""
        trunk = self.trunk(account, transport, **changes)
        if self._used | {"name": ""} == trunk | {"name": ""}:
            trunk = self._used
        else:
            self.use(trunk)
        self.box.wait_trunk(trunk["name"], "registered")
        return str(trunk["name"])

    def unsubscribe(self) -> None:
        """Have no trunk, and Asterisk know it."""
        self.box.set(trunks=[], dialling__routes=[])
        account = self._used.get("username")
        if account:
            until(lambda: not self.asterisk.contacts(account), 5, "the goodbye at Asterisk")
        self._used = {}

    # ---- calling -------------------------------------------------------------------------------------

    def call(self, number: str, phone: int = 1) -> None:
        """A telephone calls a number at the hosted PBX, which answers."""
        self.box.phone(phone).lift_and_dial(f"9{number}")
        self.box.wait_line(f"fxs{phone}", "talking")

    def call_in(self, number: str = "*43", account: str = ENCRYPTED, **fields: str) -> str:
        """Asterisk calls the box; who answers is put through to `number`. Its mark for `OriginateResponse`."""
        goes_on = {"Context": "subscribers", "Exten": number, "Priority": "1", "Timeout": "30000"}
        return self.asterisk.manager.originate(f"PJSIP/{account}", **(goes_on | fields))

    def called(self, place: Callable[[], object], *phones: int) -> list[dict[str, Any]]:
        """Have the box called by `place`; what its telephones show of the caller while they ring.

        A stall of the machine may spoil the modem's message, which is sent once a call, but not every time.
        """
        for _ in range(TRIES):
            place()
            for phone in phones:
                self.box.phone(phone).wait("ringing", True)
            try:
                return [until(partial(self._shown, phone), _SHOWN_S, "the display") for phone in phones]
            except AssertionError:
                self.tidy()
        raise AssertionError(f"telephones {phones} do not show who calls")

    def _shown(self, phone: int) -> dict[str, Any]:
        state = self.box.phone(phone).state
        caller: dict[str, Any] = state["caller_id"] or {}
        # An earlier caller stays on the display until the next one is told.
        return caller if caller and caller["heard_at"] > state["ring_started_at"] else {}

    @contextmanager
    def person(self, folder: Path) -> Iterator[Baresip]:
        """Another subscriber, who answers at once and speaks."""
        account = Account(
            PERSON,
            DOMAIN,
            PERSON_PASSWORD,
            outbound_proxy=self.asterisk.host("udp"),
            codecs=("pcma/8000/1",),
            answers="auto",
        )
        with Baresip(folder / PERSON, account, plays=PERSON_SAYS) as person:
            person.wait_for(REGISTERED)
            yield person

    # ---- hearing -------------------------------------------------------------------------------------

    def assert_hears_itself(self, folder: Path, phone: int = 1) -> None:
        """The far end's echo comes back. A stall of the machine may spoil a try."""
        handset = self.box.phone(phone)
        tries = (heard(handset, handset, folder, next(self._seeds)) for _ in range(TRIES))
        assert any(correlation > LIKE for correlation in tries), f"telephone {phone} hears its echo"

    def assert_talking(self, one: int, other: int, folder: Path) -> None:
        """Two telephones of the box hear each other."""
        scenes.assert_talking(self.box.phone(one), self.box.phone(other), folder)

    def assert_apart(self, one: int, other: int, folder: Path) -> None:
        """Two telephones do not hear each other."""
        for speaker, listener in ((one, other), (other, one)):
            seed = next(self._seeds)  # each has its own echo still to come
            assert heard(self.box.phone(speaker), self.box.phone(listener), folder, seed) < UNLIKE

    def call_each_other(self, account: str = ENCRYPTED) -> None:
        """Telephone 1 calls telephone 2 by way of Asterisk."""
        one, two = self.box.phone(1), self.box.phone(2)
        one.lift_and_dial(f"9{account[-3:]}")
        two.wait("ringing", True)
        one.wait_tone("ringback")
        two.lift()
        for line in ("fxs1", "fxs2"):
            self.box.wait_line(line, "talking")

    def assert_talking_with(self, person: Baresip, folder: Path, phone: int = 1) -> None:
        """Telephone and other subscriber hear each other."""
        self.assert_hears(PERSON_SAYS, folder, phone)
        tries = (self.person_hears(person, folder, phone) for _ in range(TRIES))
        assert any(correlation > LIKE for correlation in tries), "the other subscriber hears the telephone"

    def hears(self, sound: Samples, folder: Path, phone: int = 1, seconds: float = 0.7) -> bool:
        """Whether the telephone hears that sound now."""
        samples = self.box.phone(phone).record(seconds, folder)
        return likeness(sound, samples, window_s=WINDOW_S).correlation > LIKE

    def assert_hears(self, sound: Samples, folder: Path, phone: int = 1) -> None:
        """It hears it, within some tries."""
        assert any(self.hears(sound, folder, phone) for _ in range(TRIES)), f"telephone {phone} hears it"

    def assert_hears_not(self, sound: Samples, folder: Path, phone: int = 1) -> None:
        """Nothing of that sound arrives."""
        samples = self.box.phone(phone).record(0.7, folder)
        assert likeness(sound, samples, window_s=WINDOW_S).correlation < UNLIKE

    def person_hears(self, person: Baresip, folder: Path, phone: int = 1, sound: Samples | None = None) -> float:
        """How much of `sound` (None: of what the telephone says) the other subscriber hears meanwhile."""
        said = fingerprint(next(self._seeds), 1.0)
        before = len(person.heard()[0])
        self.box.phone(phone).play(said, folder)
        self.box.phone(phone).record(1.2, folder)
        samples, rate_hz = person.heard()
        wanted = said if sound is None else sound
        new = resample(samples[before:], rate_hz, RATE_HZ)
        return likeness(wanted, new, window_s=WINDOW_S).correlation

    # ---- reading SIP ---------------------------------------------------------------------------------

    def messages(self, method: str = "") -> list[SipMessage]:
        """SIP between Asterisk and the box in this test."""
        new = self.asterisk.messages()[self._messages_read :]
        return [m for m in new if method in ("", m.method) and m.peer.startswith(self.address)]

    def directions(self, *, is_received: bool = True) -> list[str]:
        """Of the audio in each request of the box (or of Asterisk) that describes some, in order."""
        requests = [m for m in self.messages() if m.is_request and m.is_received == is_received and "m=audio" in m.text]
        found = (re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)$", m.text, re.MULTILINE) for m in requests)
        return [match[1] if match else "sendrecv" for match in found]

    def refreshes(self) -> list[SipMessage]:
        """Answers with which a session was agreed on for another while."""
        answers = [*self.messages("INVITE"), *self.messages("UPDATE")]
        return [m for m in answers if m.start_line.startswith("SIP/2.0 200") and m.header("Session-Expires")]

    def assert_encrypted(self) -> None:
        """Each audio stream that either side described is SRTP with keys, over TLS."""
        described = [message for message in self.messages() if "m=audio" in message.text]
        assert {message.is_received for message in described} == {True, False}
        for message in described:
            assert message.transport == "tls"
            assert re.search(r"^m=audio \d+ RTP/SAVP ", message.text, re.MULTILINE), message.text
            assert re.search(r"^a=crypto:\d+ AES_", message.text, re.MULTILINE), message.text
