"""One Kamailio process group: checked, started, ended, with its log as lines. Decides nothing."""

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from firmware.registrar.options import Places, Unfit

_LOG = logging.getLogger(__name__)

_CHECK_S = 20.0
_END_S = 2.0
_PIPE_SIZE = 1 << 20  # lines of a flood while the reader is busy; what is beyond is lost, not waited for
_F_SETPIPE_SZ = 1031
_SHARED_MB, _OWN_MB = 64, 8  # 10,000 accounts and 5,000 registrations take 26 MB; pages are taken when used
_LINE_MAX = 2000
# It ends with the thread that started it, and runs at ordinary priority: no audio is moved here.
_ORDINARY = ("setpriv", "--pdeathsig", "TERM", "chrt", "--other", "0")


def program() -> str:
    """Where Kamailio is. Raises Unfit."""
    found = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise Unfit("Kamailio is not installed")
    return found


def modules_folder() -> str:
    """Where its modules are. Raises Unfit."""
    root = Path(os.path.realpath(program())).parents[1]
    found = sorted(root.glob("lib/*/kamailio/modules")) or sorted(Path("/usr/lib").glob("*/kamailio/modules"))
    if not found:
        raise Unfit("Kamailio's modules are not installed")
    return str(found[0])


def check(script: Path, folder: Path) -> None:
    """Raise Unfit with Kamailio's words unless it takes the script."""
    try:
        done = subprocess.run(
            [program(), "-c", "-E", "-Y", ".", "-f", str(script)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CHECK_S,
            cwd=folder,
        )
    except subprocess.TimeoutExpired as error:
        raise Unfit("Kamailio did not finish checking its configuration") from error
    if done.returncode != 0:
        wrong = [line for line in done.stderr.splitlines() if "CRITICAL" in line or "ERROR" in line]
        raise Unfit("Kamailio refuses its configuration: " + " | ".join(wrong[:3])[:500])


def _spawn(places: Places, output: int) -> "subprocess.Popen[bytes]":
    # Its folder by "." and not by name: the path of its socket may have 108 bytes.
    command = [*_ORDINARY, program(), "-DD", "-E", "-f", str(places.script), "-Y", ".", "-w", str(places.run)]
    command += ["-m", str(_SHARED_MB), "-M", str(_OWN_MB)]
    # Signals that we block it would block too, and not hear that it has to end.
    blocked = signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=places.run,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


class Kamailio:
    """A running one. `output` is readable when it said something, `death` when it ended."""

    def __init__(self, places: Places) -> None:
        end_leftover(places)
        for leftover in (places.rpc, places.run / "kamailio_ctl"):
            leftover.unlink(missing_ok=True)
        self.output, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._places = places
        self._rest = b""
        with contextlib.suppress(OSError):
            fcntl.fcntl(writing, _F_SETPIPE_SZ, _PIPE_SIZE)
        try:
            # Writing to us must not hold it up: its end of the pipe is non-blocking too.
            self._process = _spawn(places, writing)
        except BaseException:
            os.close(self.output)
            raise
        finally:
            os.close(writing)
        # The pipe does not tell its death: children of a killed one keep it open.
        self.death = os.pidfd_open(self._process.pid)
        places.process.write_text(f"{self._process.pid}\n")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def lines(self) -> list[str]:
        """What it said since the last time; whole lines."""
        try:
            self._rest += os.read(self.output, 1 << 16)
        except BlockingIOError:
            return []
        *whole, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-_LINE_MAX:]
        return [line[:_LINE_MAX].decode(errors="replace") for line in whole]

    def end(self) -> None:
        """End it and all its children; asked first, then killed."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
        _kill_group(self._process.pid)
        self._process.wait()
        os.close(self.output)
        os.close(self.death)
        self._places.process.unlink(missing_ok=True)


def end_leftover(places: Places) -> None:
    """End a Kamailio of this folder whose keeper died in a way that left it behind."""
    try:
        pid = int(places.process.read_text())
    except (OSError, ValueError):
        return
    if any(_is_ours(member, places) for member in _group(pid)):
        _LOG.warning("ending a registrar that was left behind (process %d)", pid)
        _kill_group(pid)
    places.process.unlink(missing_ok=True)


def _kill_group(pid: int) -> None:
    """Children of a killed Kamailio go on holding its ports; wait until they are gone."""
    deadline = time.monotonic() + _END_S
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        if not [member for member in _group(pid) if member != pid]:
            return
        time.sleep(0.01)


def _group(pid: int) -> list[int]:
    """Its living members."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == pid and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return found


def _is_ours(pid: int, places: Places) -> bool:
    with contextlib.suppress(OSError):
        return str(places.script).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
