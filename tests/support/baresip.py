"""A real SIP telephone for the tests: Debian's baresip, driven over its JSON control socket."""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from tests.support.baresip_account import Account, audio_settings, write_configuration
from tests.support.ca import Certificate
from tests.support.network import free_port, is_listening, loopback_address
from tests.support.process import Program
from tests.support.running import Running
from tests.support.sound import RATE_HZ, Samples, read_wav, resample

__all__ = ["Account", "Baresip", "Event"]

REGISTERED, REFUSED = "REGISTER_OK", "REGISTER_FAIL"
INCOMING, RINGING, PROGRESS = "CALL_INCOMING", "CALL_RINGING", "CALL_PROGRESS"
ESTABLISHED, CLOSED, ENCRYPTED = "CALL_ESTABLISHED", "CALL_CLOSED", "CALL_MENC"
DIGIT, DIGIT_END = "CALL_DTMF_START", "CALL_DTMF_END"


@dataclass(frozen=True, slots=True)
class Event:
    """Something baresip says: `kind` as in the constants above, `parameter` its reason or value."""

    kind: str
    parameter: str
    peer: str
    peer_name: str
    fields: Mapping[str, Any]


class Baresip(Running):
    """One telephone. It plays `plays`, or with `echoes` what it hears, to the far end; it records what it hears."""

    def __init__(
        self,
        folder: Path,
        account: Account,
        *,
        plays: Samples | None = None,
        rate_hz: int = RATE_HZ,
        echoes: bool = False,
        trusts: Path | None = None,
        certificate: Certificate | None = None,
        dns_server: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.account = account
        self.address = loopback_address()
        self.port = free_port(self.address, 3)  # UDP and TCP; then TLS; then control
        self.events: list[Event] = []
        self._control = (self.address, self.port + 2)
        self._seen = 0
        self._answers: list[dict[str, Any]] = []
        self._socket: socket.socket | None = None
        self._buffer = b""
        settings = {
            "ctrl_tcp_listen": f"{self._control[0]}:{self._control[1]}",
            "sip_listen": f"{self.address}:{self.port}",
            "net_interface": self.address,
            "snd_path": ".",  # its working folder: a longer path is cut off at 127 characters, and nothing is recorded
        }
        settings |= {"sip_cafile": str(trusts)} if trusts else {}
        settings |= {"sip_certificate": str(certificate.both)} if certificate else {}
        settings |= {"dns_server": dns_server} if dns_server else {}
        sound = np.zeros(0, np.int16) if plays is None else plays
        settings |= audio_settings(folder, account, None if echoes else resample(sound, rate_hz, account.rate_hz))
        write_configuration(folder, account, settings | dict(options or {}))
        command = ["baresip", "-4", "-s", "-f", str(folder)]
        self._program = Program(command, folder / "baresip.log", folder=folder)

    @property
    def uri(self) -> str:
        """Its own contact, for calls without a registrar."""
        port = self.port + 1 if self.account.transport == "tls" else self.port
        transport = "" if self.account.transport == "udp" else f";transport={self.account.transport}"
        return f"sip:{self.account.user}@{self.address}:{port}{transport}"

    def start(self) -> Self:
        """Start; returns when it can be told things. Wait for REGISTERED yourself."""
        self._program.start()
        self._program.wait_until_ready(lambda: self._socket is not None or self._connect())
        # Not from the file `accounts`: it would register before anybody listens to its events.
        try:
            self.command("uanew", self.account.line())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it, hanging up and unregistering where it can."""
        if self._socket is not None and self._program.is_running:
            try:
                self._send({"command": "quit"})
                self._program.exit_code(2)
            except (OSError, AssertionError):
                pass
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._program.stop()

    def dial(self, target: str) -> None:
        """Call a number of its domain, or a whole `sip:` URI."""
        self.command("dial", target)

    def answer(self) -> None:
        """Answer the call that rings."""
        self.command("accept")

    def hang_up(self) -> None:
        """End, refuse or cancel the call."""
        self.command("hangup")

    def hold(self) -> None:
        """Put the call on hold by re-INVITE."""
        self.command("hold")

    def resume(self) -> None:
        """Take the call from hold."""
        self.command("resume")

    def send_digits(self, digits: str) -> None:
        """Send DTMF by RFC 4733."""
        self.command("sndcode", digits)

    def transfer(self, target: str) -> None:
        """Blind transfer by REFER."""
        self.command("transfer", target)

    def command(self, name: str, parameters: str = "", within_s: float = 5.0) -> str:
        """Any command of baresip's menu; its answer as text."""
        token = str(time.monotonic_ns())
        message = {"command": name, "token": token} | ({"params": parameters} if parameters else {})
        self._send(message)
        deadline = time.monotonic() + within_s
        while True:
            for answer in self._answers:
                if answer.get("token") == token:
                    assert answer["ok"], f"baresip {name} {parameters}: {answer['data']}"
                    return str(answer["data"])
            self._receive(deadline, f"baresip's answer to {name}")

    def wait_for(self, kind: str, within_s: float = 10.0) -> Event:
        """The next event of a kind after the one waited for last; those between are passed over."""
        deadline = time.monotonic() + within_s
        while True:
            while self._seen < len(self.events):
                self._seen += 1
                if self.events[self._seen - 1].kind == kind:
                    return self.events[self._seen - 1]
            self._receive(deadline, f"baresip {self.account.user}: {kind}")

    def listen_for(self, seconds: float) -> None:
        """Let time pass while events are collected."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._receive(deadline, "")
            except AssertionError:
                return

    def digits(self) -> str:
        """All DTMF digits heard so far."""
        self.listen_for(0.01)
        return "".join(event.parameter for event in self.events if event.kind == DIGIT)

    def heard(self) -> tuple[Samples, int]:
        """All it heard so far, in all calls, and the rate; silence on the network takes no time in it."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        sounds = [read_wav(file) for file in files]
        assert len({rate for _, rate in sounds}) <= 1, "calls at different rates"
        if not sounds:
            return np.zeros(0, np.int16), RATE_HZ
        return np.concatenate([samples for samples, _ in sounds]), sounds[0][1]

    def sip_trace(self) -> str:
        """Every SIP message it sent and received, with what else it logged."""
        return self._program.tail(10_000_000)

    def freeze(self) -> None:
        """Go silent: no signalling, no audio, connections open."""
        self._program.freeze()

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._program.thaw()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._program.pid

    def _connect(self) -> bool:
        if not is_listening(*self._control):
            return False
        # Just one connection is allowed: a new one drops the probe above.
        self._socket = socket.create_connection(self._control, timeout=5)
        return True

    def _send(self, message: Mapping[str, str]) -> None:
        assert self._socket is not None, "baresip is not running"
        payload = json.dumps(message).encode()
        self._socket.sendall(b"%d:%s," % (len(payload), payload))  # netstring

    def _receive(self, deadline: float, what: str) -> None:
        assert self._socket is not None, "baresip is not running"
        left = deadline - time.monotonic()
        assert left > 0, f"{what}: not in time; {[event.kind for event in self.events]} (log: {self._program.log})"
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        assert data, f"baresip ended\n{self._program.tail()}"
        self._buffer += data
        while (end := self._buffer.find(b":")) >= 0 and len(self._buffer) > end + 1 + int(self._buffer[:end]):
            length = int(self._buffer[:end])
            self._take(json.loads(self._buffer[end + 1 : end + 1 + length]))
            self._buffer = self._buffer[end + 2 + length :]

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("response"):
            self._answers.append(message)
            return
        self.events.append(
            Event(
                message["type"],
                message.get("param", ""),
                message.get("peeruri", ""),
                message.get("peerdisplayname", ""),
                message,
            )
        )
