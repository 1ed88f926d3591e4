"""The smallest exchange that IP telephones can call each other through: real engine, real registrar, two legs a call.

As a program it runs until it is told to end and writes a line of JSON for each thing that happens; `PhoneExchange`
starts it.
"""

import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.ca import Certificate
from tests.support.network import free_port, loopback_address
from tests.support.process import Program
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
_TOKEN = "feedfacecafebeef"


class PhoneExchange:
    """The program, and what it said so far."""

    def __init__(
        self,
        folder: Path,
        passwords: Mapping[str, str],
        *,
        certificate: Certificate | None = None,
        clock_hz: int = 8000,
        **options: object,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = loopback_address()
        self.port = free_port(self.address, 2)
        self.inside_port = free_port("127.0.0.1")
        if certificate is not None:
            (folder / "keep").mkdir()
            (folder / "keep" / "registrar.pem").write_bytes(certificate.certificate.read_bytes())
            (folder / "keep" / "registrar.key").write_bytes(certificate.key.read_bytes())
        plan = {
            "folder": str(folder),
            "passwords": dict(passwords),
            "inside_port": self.inside_port,
            "clock_hz": clock_hz,
            "options": {"address": self.address, "udp_port": self.port, "tls_port": self.port + 1, **options},
        }
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, "-m", "tests.support.phone_exchange", str(folder / "plan.json")]
        self._program = Program(command, folder / "exchange.log", folder=ROOT)

    def host(self, transport: str = "udp") -> str:
        """Where telephones register."""
        return f"{self.address}:{self.port + (transport == 'tls')}"

    def __enter__(self) -> Self:
        before = len(self.said("up")) if self._program.log.exists() else 0
        self._program.start()
        self._program.wait_until_ready(lambda: self.said("up")[before:])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._program.pid

    @property
    def log(self) -> str:
        return self._program.log.read_text(errors="replace")

    def said(self, what: str) -> list[dict[str, Any]]:
        """All events of a kind."""
        lines = [line for line in self.log.splitlines() if line.startswith("{")]
        return [event for event in map(json.loads, lines) if event["what"] == what]

    def wait(self, what: str, within_s: float = 10.0, **fields: object) -> dict[str, Any]:
        """The first event of a kind with these fields."""

        def look() -> dict[str, Any] | None:
            found = [event for event in self.said(what) if event.items() >= fields.items()]
            return found[0] if found else None

        found = until(look, within_s, f"{what} {fields} (log: {self._program.log})")
        assert found is not None
        return found

    def wait_registered(self, extension: str) -> None:
        """The exchange has seen that the extension has a telephone; the telephone was told some ms before."""

        def is_there() -> bool:
            seen = [event for event in self.said("registered") if event["extension"] == extension]
            return bool(seen and seen[-1]["is_there"])

        until(is_there, 5, f"{extension} is registered (log: {self._program.log})")


class _Pair:
    """Two legs that hear each other, as LegEvents for both."""

    def __init__(self, exchange: "_Exchange", first: Any, second: Any) -> None:
        self.exchange, self.first, self.second = exchange, first, second
        first.events = second.events = self
        self.answered = False
        self.on_answer: Any = None
        self.report: Any = None
        self.before: Any = None  # the pair that comes back when a transfer fails

    def resettle(self) -> None:
        self.first.events = self.second.events = self

    def other(self, leg: Any) -> Any:
        return self.second if leg is self.first else self.first

    def leg_ringing(self, leg: Any) -> None:
        say("ringing", extension=leg.extension)
        if self.report:
            self.report(180)
        else:
            self.first.ringing()

    def leg_progress(self, leg: Any) -> None:
        pass

    def leg_silent(self, leg: Any) -> None:
        pass

    def leg_answered(self, leg: Any) -> None:
        self.answered = True
        say("answered", extension=leg.extension, codec=leg.codec, peer_codec=self.first.codec)
        if self.on_answer:
            self.on_answer()
        else:
            self.first.answer()
        self.join()

    def leg_ended(self, leg: Any, cause: Any) -> None:
        say("ended", extension=leg.extension, cause=cause.name)
        if self.report and not self.answered:
            self.report(cause.facts.sip)
            self.before.resettle()
            return
        self.other(leg).end(cause)

    def leg_media_changed(self, leg: Any) -> None:
        self.join()

    def leg_digit(self, leg: Any, digit: str) -> None:
        say("digit", extension=leg.extension, digit=digit)

    def leg_held(self, leg: Any, is_held: bool) -> None:
        say("held", extension=leg.extension, is_held=is_held)

    def leg_transfer_asked(self, leg: Any, asked: Any) -> None:
        say("transfer", extension=leg.extension, number=asked.number, replaces=asked.replaces is not None)
        self.exchange.transfer(self, leg, asked)

    def join(self) -> None:
        one, two = self.first.media, self.second.media
        if one is not None and two is not None:
            one.startTransmit(two)
            two.startTransmit(one)
            say("joined", codecs=[self.first.codec, self.second.codec])


class _Exchange:
    """What the program is: IP telephones, their registrar, and calls between them, on an engine of its own."""

    def __init__(self, plan: dict[str, Any]) -> None:
        from firmware.registrar.options import Inside, Places, RegistrarOptions
        from firmware.registrar.registrar import Registrar
        from firmware.telephony.loop import CallLoop
        from firmware.telephony.sip import engine as sip
        from firmware.telephony.sip.ip_phones import IpPhones

        self.pairs: list[_Pair] = []
        self.inside_port, self.passwords = plan["inside_port"], plan["passwords"]
        _set_clock(plan["clock_hz"])
        self.engine = sip.Engine(sip.EngineOptions())
        self.engine.start()
        self.loop = CallLoop(poll=self.engine.poll)
        self.phones = IpPhones(loop=self.loop, token=_TOKEN, on_incoming=self.incoming)
        port = self.phones.start()
        folder = Path(plan["folder"])
        self.registrar = Registrar(
            RegistrarOptions(**plan["options"]),
            inside=Inside(self.inside_port, port, _TOKEN),
            places=Places(folder / "run", folder / "keep"),
            on_security=lambda event: say("security", kind=event.kind, source=event.source),
            on_registered=lambda extension, is_there: say("registered", extension=extension, is_there=is_there),
        )

    def run(self) -> None:
        """Until SIGTERM."""
        self.phones.use(self.registrar, self.inside_port)
        self.registrar.start(self.passwords)
        until(lambda: self.registrar.state().is_up, 10, "the registrar is up")
        threading.Thread(target=self.obey, daemon=True).start()
        say("up", registrar=self.registrar.pid)
        self.loop.run()
        self.stop()

    def stop(self) -> None:
        """End every call, then all that lives on the engine."""
        for pair in self.pairs:
            self.end(pair)
        self.loop.run_until(lambda: not self.phones.legs(), 3)
        self.registrar.stop()
        self.pairs.clear()
        self.phones.stop()
        self.engine.stop()

    def obey(self) -> None:
        import signal

        signal.sigwait({signal.SIGTERM})
        self.loop.stop()

    def end(self, pair: _Pair) -> None:
        from firmware.telephony.events import Cause

        pair.first.end(Cause.NORMAL)
        pair.second.end(Cause.NORMAL)

    def incoming(self, leg: Any, extension: str, number: str) -> None:
        from firmware.telephony.events import Caller
        from firmware.telephony.legs import Offered

        say("incoming", extension=extension, number=number, address=leg.address)
        is_intercom = number.startswith("*80")
        number = number.removeprefix("*80")
        called = self.phones.call(number)
        self.pairs.append(_Pair(self, leg, called))
        called.offer(Offered(Caller(extension, f"Room {extension}"), ring="3", is_intercom=is_intercom))

    def transfer(self, pair: _Pair, leg: Any, asked: Any) -> None:
        from firmware.telephony.events import Caller, Cause
        from firmware.telephony.legs import Offered

        peer = pair.other(leg)
        if asked.replaces is not None:
            other = asked.replaces.events
            third = other.other(asked.replaces)
            joined = _Pair(self, peer, third)
            self.pairs.append(joined)
            asked.report(200)
            asked.replaces.end(Cause.NORMAL)
            leg.events = None
            leg.end(Cause.NORMAL)
            joined.join()
            return
        called = self.phones.call(asked.number)
        fresh = _Pair(self, peer, called)
        fresh.report, fresh.before = asked.report, pair

        def answered() -> None:
            asked.report(200)
            leg.events = None
            leg.end(Cause.NORMAL)

        fresh.on_answer = answered
        self.pairs.append(fresh)
        called.offer(Offered(Caller(peer.extension)))


def _set_clock(hz: int) -> None:
    """The engine's bridge at another rate than the gateway's, which is no option of the product."""
    from firmware.telephony.sip import engine

    make = engine._endpoint_config

    def with_clock(options: Any) -> Any:
        config = make(options)
        config.medConfig.clockRate = hz
        return config

    engine._endpoint_config = with_clock


def say(what: str, **fields: object) -> None:
    """One line for the test."""
    print(json.dumps({"what": what, **fields}), flush=True)


if __name__ == "__main__":
    import logging
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    logging.basicConfig(level=logging.INFO)
    _Exchange(json.loads(Path(sys.argv[1]).read_text())).run()
