"""A real registrar and proxy for the tests: Kamailio with digest users, in place of the hosted service."""

import base64
import itertools
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.support.ca import Certificate
from tests.support.network import free_port, is_listening, loopback_address
from tests.support.process import Program, program
from tests.support.running import Running
from tests.support.sip_text import SipText

_CONFIGURATION = Path(__file__).with_name("registrar.cfg")
_MESSAGE = re.compile(r"SIP (in|out) (\w+) (\S+) \[([A-Za-z0-9+/=]*)\]")
_TLS_METHOD = "TLSv1.2+"


class Message(SipText):
    """One SIP message that reached the registrar, as it came."""

    def __init__(self, transport: str, source: str, text: str) -> None:
        self.transport = transport  # "udp", "tcp", "tls"
        self.source = source  # address:port
        self.text = text

    def __repr__(self) -> str:
        return f"<{self.transport} {self.source} {self.start_line}>"


class Registrar(Running):
    """Users with passwords at one domain; calls between them are relayed, others are answered 404."""

    def __init__(
        self,
        folder: Path,
        users: Mapping[str, str],
        *,
        domain: str = "example.test",
        certificate: Certificate | None = None,
        replies: Mapping[str, int] | None = None,
        expires_max_s: int = 3600,
        tls_method: str = _TLS_METHOD,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.domain = domain
        self.address = loopback_address()
        self.port = free_port(self.address, 2)
        self.tls_port = self.port + 1
        self._folder = folder
        self._users = dict(users)
        self._replies = dict(replies or {})
        self._certificate = certificate
        self._expires_max_s = expires_max_s
        self._tls_method = tls_method
        # A socket's path has 108 bytes at most and pytest's folders are longer.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="registrar-"))
        self._numbers = itertools.count()
        configuration = folder / "kamailio.cfg"
        self._program = Program(
            ["kamailio", "-DD", "-E", "-f", str(configuration), "-m", "32", "-M", "8", "-Y", str(folder)],
            folder / "kamailio.log",
            folder=folder,
        )

    def host(self, transport: str) -> str:
        """`address:port` for a transport."""
        return f"{self.address}:{self.tls_port if transport == 'tls' else self.port}"

    def start(self) -> Self:
        """Start, or start again on the same ports with nobody registered."""
        self._socket_folder.mkdir(exist_ok=True)
        self._write_configuration()
        self._program.start()
        self._program.wait_until_ready(lambda: is_listening(self.address, self.port) and self._is_answering())
        return self

    def stop(self) -> None:
        """End it: connections are closed, ports refuse."""
        self._program.stop()
        shutil.rmtree(self._socket_folder, ignore_errors=True)

    def restart(self, certificate: Certificate | None = None) -> None:
        """Stop and start, with another certificate where one is given."""
        self.stop()
        self._certificate = certificate or self._certificate
        self.start()

    def freeze(self) -> None:
        """Die silently: connections stay open, nothing is answered."""
        self._program.freeze()

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._program.thaw()

    def set_password(self, user: str, password: str) -> None:
        """Change a password while running."""
        self._users[user] = password
        self.rpc("htable.sets", "passwords", user, password)

    def contacts(self, user: str) -> list[str]:
        """Where a user is registered now."""
        try:
            found = self.rpc("ul.lookup", "location", f"{user}@{self.domain}")
        except LookupError:
            return []
        return [entry["Contact"]["Address"] for entry in found["Contacts"]]

    def forget(self, user: str) -> None:
        """Lose a registration, as a service does that was restarted."""
        self.rpc("ul.rm", "location", f"{user}@{self.domain}")

    def messages(self, method: str = "", source: str = "") -> list[Message]:
        """Every SIP message that came in so far, of this method and from this address."""
        found = []
        text = self._program.log.read_text(errors="replace") if self._program.log.exists() else ""
        for _, transport, peer, encoded in _MESSAGE.findall(text):
            message = Message(transport, peer, base64.b64decode(encoded).decode(errors="replace"))
            if method in ("", message.method) and peer.startswith(source):
                found.append(message)
        return found

    def requests(self, method: str = "", source: str = "") -> list[Message]:
        """Those of `messages` that are requests."""
        return [message for message in self.messages(method, source) if message.is_request]

    def rpc(self, method: str, *parameters: object) -> Any:
        """Any command of Kamailio; LookupError when it says that it has no such thing."""
        path = self._socket_folder / f"client-{next(self._numbers)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.bind(str(path))
            client.settimeout(5)
            question = {"jsonrpc": "2.0", "method": method, "params": list(parameters), "id": 1}
            client.sendto(json.dumps(question).encode(), str(self._socket_folder / "rpc"))
            answer = json.loads(client.recv(1 << 20))
        path.unlink(missing_ok=True)
        if "error" in answer:
            raise LookupError(str(answer["error"]))
        return answer.get("result")

    @property
    def log(self) -> Path:
        """What Kamailio said."""
        return self._program.log

    def _is_answering(self) -> bool:
        try:
            return bool(self.rpc("core.version"))
        except OSError:
            return False

    def _write_configuration(self) -> None:
        (self._folder / "tls.cfg").write_text(self._tls_profile())
        definitions = {
            "ADDRESS": self.address,
            "PORT": self.port,
            "TLS_PORT": self.tls_port,
            "DOMAIN": self.domain,
            "RPC_SOCKET": self._socket_folder / "rpc",
            "EXPIRES_MAX_S": self._expires_max_s,
            "TLS_CONFIGURATION": self._folder / "tls.cfg",
            "MODULES": _modules_folder(),
        }
        text = _CONFIGURATION.read_text()
        for name, value in definitions.items():
            text = text.replace(f"@{name}@", str(value))
        tail = ["event_route[htable:mod-init] {"]
        tail += [f'    $sht(passwords=>{user}) = "{password}";' for user, password in self._users.items()]
        tail += [f"    $sht(replies=>{number}) = {status};" for number, status in self._replies.items()]
        tail += ["    return;", "}", ""]
        head = "#!KAMAILIO\n" + ("#!define WITH_TLS\n" if self._certificate else "")
        (self._folder / "kamailio.cfg").write_text(head + text + "\n".join(tail))

    def _tls_profile(self) -> str:
        if self._certificate is None:
            return ""
        return "\n".join(
            [
                "[server:default]",
                f"method = {self._tls_method}",
                "verify_certificate = no",
                "require_certificate = no",
                f"private_key = {self._certificate.key}",
                f"certificate = {self._certificate.certificate}",
                "[client:default]",
                "verify_certificate = no",
                "require_certificate = no",
                "",
            ]
        )


def _modules_folder() -> str:
    architecture = Path(os.path.realpath(program("kamailio"))).parents[1]
    found = sorted(architecture.glob("lib/*/kamailio/modules")) or sorted(Path("/usr/lib").glob("*/kamailio/modules"))
    assert found, "Kamailio's modules are not installed (tools/packages.test)"
    return str(found[0])
