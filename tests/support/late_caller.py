"""A caller that offers nothing and encrypts: the engine itself, for sipp has neither TLS nor SRTP."""

import json
import sys
from pathlib import Path
from typing import Self

from tests.support.process import Program
from tests.support.running import Running
from tests.support.sound import Samples, read_wav, resample, write_wav

ROOT = Path(__file__).parents[2]
_RATE_HZ = 8000


class LateCaller(Running):
    """Calls `number` of `domain` as `user` through `proxy` over TLS; `srtp`: off, optional, required."""

    def __init__(
        self, folder: Path, user: str, password: str, *, number: str, domain: str, proxy: str, srtp: str, says: Samples
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._heard = folder / "heard.wav"
        plan = {"user": user, "password": password, "number": number, "domain": domain, "proxy": proxy, "srtp": srtp}
        plan |= {"says": str(write_wav(folder / "says.wav", says, _RATE_HZ)), "heard": str(self._heard)}
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, "-m", "tests.support.late_call", str(folder / "plan.json")]
        self._program = Program(command, folder / "caller.log", folder=ROOT)

    def start(self) -> Self:
        """Calls from now on."""
        self._program.start()
        return self

    def stop(self) -> None:
        """Hang up; afterwards `heard` is whole."""
        self._program.stop()

    def said(self, what: str) -> bool:
        """Whether that happened."""
        return what in self._program.log.read_text().splitlines()

    def heard(self) -> Samples:
        """All that it heard, once it has stopped."""
        samples, rate_hz = read_wav(self._heard)
        return resample(samples, rate_hz, _RATE_HZ)
