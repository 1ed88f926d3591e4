"""A real softphone for the tests: Debian's linphonec, told what to do on its input. Knows no sound card."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.network import free_port, loopback_address
from tests.support.process import program

_SETTINGS = """[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
guess_hostname=1
register_only_when_network_is_up=0
auto_net_state_mon=0
[net]
firewall_policy=0
[sound]
playback_dev_id=
[video]
capture=0
display=0
"""


class Linphone:
    """One, in a home folder of its own."""

    def __init__(self, folder: Path) -> None:
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self.folder = folder
        self.address = loopback_address()
        settings = _SETTINGS.format(port=free_port(self.address), address=self.address)
        (folder / "linphonerc").write_text(settings)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with (self.folder / "linphone.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program("linphonec"), "-c", str(self.folder / "linphonerc"), "-d", "1"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=self.folder,
                env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
                start_new_session=True,
            )
        self.say("soundcard use files")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            self.say("quit")
            process.wait(5)
        except (subprocess.TimeoutExpired, OSError):
            process.kill()
            process.wait(5)
        process.stdin.close()

    def say(self, line: str) -> None:
        """A command of its own."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def heard_say(self, words: str) -> bool:
        """Whether it has written this so far."""
        return words in (self.folder / "linphone.log").read_text(errors="replace")

    def register(self, user: str, password: str, host: str) -> None:
        """Register over UDP."""
        self.say(f"register sip:{user}@{host} sip:{host} {password}")
