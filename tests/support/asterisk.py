"""A real Asterisk (Debian sid) that plays the hosted PBX, out of a folder of its own: see tools/asterisk.

It is started by the dynamic loader of that folder: that needs neither root, mounts nor a chroot, and none of this
machine's libraries is read.
"""

import functools
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from tests.support.asterisk_manager import Manager
from tests.support.ca import Certificate
from tests.support.network import free_port, is_bound, loopback_address
from tests.support.process import Program
from tests.support.running import Running
from tests.support.sip_text import SipText
from tests.support.sound import RATE_HZ, Samples, write_wav

__all__ = ["Asterisk", "Manager", "SipMessage", "Subscriber", "unpacked"]

_ROOT = Path(__file__).parents[2]
_TEMPLATES = Path(__file__).with_name("hosted_pbx")
_START_S = 30.0  # two cores may be shared
_STAMP = re.compile(r"^\[[\d:.]+\] ", re.MULTILINE)
_MESSAGE = re.compile(
    r"^<--- (Received|Transmitting) SIP \w+ \(\d+ bytes\) (?:from|to) (\w+):(\S+) --->$", re.MULTILINE
)
_REMARK = re.compile(r"^(NOTICE|WARNING|ERROR)\[.*", re.MULTILINE)


@functools.cache
def unpacked() -> Path:
    """The folder with Asterisk in it; AssertionError in words where `make interop` has not made it yet."""
    run = subprocess.run([_ROOT / "tools" / "asterisk", "--cached"], capture_output=True, text=True, check=True)
    assert run.stdout.strip(), "Asterisk is not in the cache yet: `make interop` puts it there"
    return Path(run.stdout.strip())


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An account at the hosted PBX. `options` are of pjsip.conf's endpoint: timers, moh_passthrough and the like."""

    name: str
    password: str
    is_encrypted: bool = False
    codecs: Sequence[str] = ("alaw", "ulaw")
    options: Mapping[str, str] | None = None

    def sections(self) -> str:
        """Its part of pjsip.conf."""
        settings = {
            "allow": ",".join(self.codecs),
            "auth": self.name,
            "aors": self.name,
            "media_encryption": "sdes" if self.is_encrypted else "no",
        } | dict(self.options or {})
        return "\n".join(
            [
                f"[{self.name}](subscriber)",
                *(f"{name} = {value}" for name, value in settings.items()),
                f"[{self.name}](login)",
                f"username = {self.name}",
                f"password = {self.password}",
                f"[{self.name}](place)",
                "",
            ]
        )


@dataclass(frozen=True, slots=True)
class SipMessage(SipText):
    """One SIP message as Asterisk got or sent it."""

    is_received: bool
    transport: str
    peer: str  # address:port
    text: str


class Asterisk(Running):
    """One Asterisk on a loopback address of its own. Subscribers dial what hosted_pbx/extensions.conf has.

    `announcement` is what 600 plays before it answers, `music` what somebody on hold hears.
    """

    def __init__(
        self,
        folder: Path,
        subscribers: Sequence[Subscriber] = (),
        *,
        certificate: Certificate | None = None,
        announcement: Samples | None = None,
        music: Samples | None = None,
        is_traced: bool = True,
        more_pjsip: str = "",
    ) -> None:
        self.address = loopback_address()
        self.port = free_port(self.address, 3)  # UDP and TCP; then TLS; then the manager
        self.tls_port = self.port + 1
        self.manager = Manager(self.address, self.port + 2)
        self.folder = folder
        self._is_traced = is_traced
        self._pjsip = more_pjsip + "".join(subscriber.sections() for subscriber in subscribers)
        self._certificate = certificate
        self._sounds = {"sounds/announcement.wav": announcement, "music/music.wav": music}
        # A socket's path has 108 bytes at most and pytest's folders are longer.
        self._run = Path(tempfile.mkdtemp(prefix="asterisk-"))
        folder.mkdir(parents=True, exist_ok=True)
        self._program = Program(self._command(), folder / "asterisk.log", folder=folder)

    @classmethod
    def bridging(cls, folder: Path, target: str, *, codec: str = "ulaw") -> Self:
        """An Asterisk that puts every call which comes in by UDP through to `target` ("address:port"), untraced."""
        # Else each answer is followed by an INVITE that tells the caller who answered, which simple callers trip over.
        common = f"allow = {codec}\ncontext = bridge\nsend_pai = no\nsend_connected_line = no\n"
        sections = (
            f"[anonymous](subscriber)\n{common}"
            f"[far](subscriber)\n{common}aors = far\nrewrite_contact = no\n"
            f"[far]\ntype = aor\ncontact = sip:{target}\n"
        )
        return cls(folder, is_traced=False, more_pjsip=sections)

    def host(self, transport: str) -> str:
        """`address:port` for a transport."""
        return f"{self.address}:{self.tls_port if transport == 'tls' else self.port}"

    @property
    def pid(self) -> int:
        """Its one process, for who measures."""
        return self._program.pid

    def start(self) -> Self:
        """Start, or start again on the same ports with nobody registered."""
        self._write_configuration()
        self._program.start()
        self._program.wait_until_ready(lambda: is_bound(self.address, self.manager_port, "tcp"), _START_S)
        self.manager.connect()
        try:
            self.manager.action("Ping")
            self._program.wait_until_ready(
                lambda: "fully booted" in self.manager.command("core waitfullybooted"), _START_S
            )
            if self._is_traced:
                self.manager.command("pjsip set logger on")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it: connections are closed, ports refuse, and who was registered is forgotten."""
        self.manager.close()
        self._program.stop()
        (self.folder / "astdb.sqlite3").unlink(missing_ok=True)
        shutil.rmtree(self._run, ignore_errors=True)

    def freeze(self) -> None:
        """Die silently: connections stay open, nothing is answered."""
        self._program.freeze()

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._program.thaw()

    @property
    def manager_port(self) -> int:
        """Where the manager listens."""
        return self.port + 2

    def contacts(self, subscriber: str) -> list[str]:
        """Where a subscriber is registered now."""
        return re.findall(rf"Contact:\s+{re.escape(subscriber)}/(\S+)", self.manager.command("pjsip show contacts"))

    def messages(self, method: str = "", source: str = "") -> list[SipMessage]:
        """Every SIP message so far, both ways, of this method and with this peer."""
        text = self._program.log.read_text(errors="replace") if self._program.log.exists() else ""
        parts = _MESSAGE.split(_REMARK.sub("", _STAMP.sub("", text)))
        found = []
        for way, transport, peer, body in zip(*(parts[place::4] for place in range(1, 5)), strict=True):
            message = SipMessage(way == "Received", transport.lower(), peer, body.strip())
            if method in ("", message.method) and peer.startswith(source):
                found.append(message)
        return found

    def requests(self, method: str = "") -> list[SipMessage]:
        """Those of `messages` that are requests which came in."""
        return [message for message in self.messages(method) if message.is_request and message.is_received]

    def channels(self) -> int:
        """How many of its channels are up."""
        found = re.search(r"(\d+) active channel", self.manager.command("core show channels"))
        return int(found[1]) if found else 0

    @property
    def log(self) -> Path:
        """What it said, SIP included."""
        return self._program.log

    # ---- before it starts ----------------------------------------------------------------------------

    def _command(self) -> list[str]:
        libraries = _libraries()
        loader = next(libraries.glob("ld-linux*.so.*"))
        program = unpacked() / "usr" / "sbin" / "asterisk"
        configuration = self.folder / "asterisk.conf"
        return [str(loader), "--library-path", str(libraries), str(program), "-f", "-n", "-C", str(configuration)]

    def _write_configuration(self) -> None:
        self._run.mkdir(exist_ok=True)
        values = {
            "ADDRESS": self.address,
            "PORT": self.port,
            "MANAGER_PORT": self.manager_port,
            "FOLDER": self.folder,
            "RUN": self._run,
            "MODULES": _libraries() / "asterisk" / "modules",
            "DATA": unpacked() / "usr" / "share" / "asterisk",
        }
        for template in _TEMPLATES.glob("*.conf"):
            text = template.read_text()
            for name, value in values.items():
                text = text.replace(f"@{name}@", str(value))
            (self.folder / template.name).write_text(text)
        with (self.folder / "pjsip.conf").open("a") as pjsip:
            pjsip.write(self._tls_section() + self._pjsip)
        for name, samples in self._sounds.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            write_wav(path, np.zeros(RATE_HZ, np.int16) if samples is None else samples)

    def _tls_section(self) -> str:
        if self._certificate is None:
            return "\n"
        return "\n".join(
            [
                "",
                "[tls]",
                "type = transport",
                "protocol = tls",
                f"bind = {self.address}:{self.tls_port}",
                f"cert_file = {self._certificate.certificate}",
                f"priv_key_file = {self._certificate.key}",
                "method = tlsv1_2",
                "",
            ]
        )


def _libraries() -> Path:
    return next((unpacked() / "usr" / "lib").glob("*/ld-linux*.so.*")).parent
