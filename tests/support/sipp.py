"""SIP messages by script: sipp with the scenarios in tests/sip/scenarios. UDP and TCP; Debian's has no TLS."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.network import free_port, is_bound, loopback_address
from tests.support.process import Program
from tests.support.running import Running

SCENARIOS = Path(__file__).parents[1] / "sip" / "scenarios"
_TRACED = (
    *("-trace_stat", "-stf", "stats.csv", "-fd", "1"),
    *("-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"),
    *("-nostdin", "-timeout_error"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of sipp ended: `exit_code` 0 is success in every call."""

    exit_code: int
    successful: int
    failed: int
    errors: str  # what sipp wrote about unexpected messages


class Sipp(Running):
    """One run of a scenario: a name out of tests/sip/scenarios, or the path of a file.

    With `target` it calls; without, it waits to be called at `address`:`port`: the place of one that has ended, if
    `where` names it. A scenario may name each of `keys` as `[name]`, or as `@name@` where sipp wants to know it
    beforehand.
    """

    def __init__(
        self,
        folder: Path,
        scenario: str | Path,
        *,
        target: str = "",
        service: str = "service",
        calls: int = 1,
        rate: float = 10.0,
        talk_ms: int = 0,
        transport: str = "udp",
        user: str = "",
        password: str = "",
        keys: Mapping[str, str] | None = None,
        echoes: bool = False,
        time_out_s: int = 30,
        where: "Sipp | None" = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = where.address if where else loopback_address()
        self.port = where.port if where else free_port(self.address, 6)  # SIP; from the third on RTP
        self.transport = transport
        self._folder = folder
        self._is_waiting = not target
        self._time_out_s = time_out_s
        (folder / "scenario.xml").write_text(_scenario(scenario, keys or {}))
        options: dict[str, object] = {"-s": service, "-m": calls, "-r": rate, "-d": talk_ms, "-timeout": time_out_s}
        options |= {"-au": user, "-ap": password} if user else {}
        command = ["sipp", *([target] if target else []), *_words(self._place_options() | options)]
        for name, value in ({"caller": "caller"} | dict(keys or {})).items():
            command += ["-key", name, value]
        command += [*_TRACED, *(["-rtp_echo"] if echoes else [])]
        self._program = Program(command, folder / "sipp.log", folder=folder, environment={"TERM": "dumb"})

    @property
    def place(self) -> str:
        """`address:port`, where it waits."""
        return f"{self.address}:{self.port}"

    @property
    def uri(self) -> str:
        """How it is called when it waits."""
        suffix = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"sip:sipp@{self.place}{suffix}"

    def start(self) -> Self:
        """Start; one that waits for calls is ready then."""
        self._program.start()
        if self._is_waiting:
            self._program.wait_until_ready(lambda: is_bound(self.address, self.port, self.transport))
        return self

    def stop(self) -> None:
        """End it, finished or not."""
        self._program.stop()

    def outcome(self, within_s: float | None = None) -> Outcome:
        """Wait until its calls are done."""
        code = self._program.exit_code(within_s or self._time_out_s + 5)
        rows = self._rows()
        counts = rows[-1] if rows else {}
        errors = self._folder / "errors.log"
        return Outcome(
            code,
            int(counts.get("SuccessfulCall(C)", 0)),
            int(counts.get("FailedCall(C)", 0)),
            errors.read_text(errors="replace") if errors.exists() else "",
        )

    def run(self, within_s: float | None = None) -> Outcome:
        """Start, wait for the end, stop."""
        with self:
            return self.outcome(within_s)

    def messages(self) -> str:
        """All SIP messages so far, in words of sipp's trace."""
        file = self._folder / "messages.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _place_options(self) -> dict[str, object]:
        transport = {"udp": "u1", "tcp": "t1"}[self.transport]
        places = {"-i": self.address, "-mi": self.address, "-p": self.port, "-mp": self.port + 2}
        return places | {"-t": transport, "-sf": "scenario.xml"}

    def _rows(self) -> list[dict[str, str]]:
        file = self._folder / "stats.csv"
        if not file.exists():
            return []
        with file.open(newline="") as lines:
            return list(csv.DictReader(lines, delimiter=";"))


def _scenario(scenario: str | Path, keys: Mapping[str, str]) -> str:
    file = scenario if isinstance(scenario, Path) else SCENARIOS / f"{scenario}.xml"
    text = file.read_text()
    for name, value in keys.items():
        text = text.replace(f"@{name}@", value)
    return text


def _words(options: Mapping[str, object]) -> list[str]:
    return [str(word) for pair in options.items() for word in pair]
