"""A factory reset that is asked for is done, however often the power goes."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.appliance import reset, restart
from firmware.folder import Folder
from tests.support.waiting import until

_HOLD = (
    "import signal, sys; from pathlib import Path; from firmware.folder import Folder;"
    "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})\n"
    "with Folder(Path(sys.argv[1])).held(): sys.exit(signal.sigwait({signal.SIGHUP}))"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("settings.json", "users.json", "records/calls.sqlite", "vpn/keys/private", "run/web.url", "run/lock"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("canary")
    (tmp_path / "away").symlink_to("/etc")
    return tmp_path


def left(config: Path) -> set[str]:
    return {str(path.relative_to(config)) for path in config.rglob("*")}


def test_nothing_happens_unasked(config: Path) -> None:
    before = left(config)
    assert not reset.perform(config)
    assert left(config) == before


def test_all_is_gone_but_the_lock_that_is_held(config: Path) -> None:
    reset.ask(config)
    assert reset.is_asked(config)
    assert reset.perform(config)
    assert left(config) == {"run", "run/lock"}
    assert not reset.perform(config)


def test_what_a_link_leads_to_stays(config: Path) -> None:
    reset.ask(config)
    reset.perform(config)
    assert Path("/etc/passwd").exists()


@pytest.mark.parametrize("survivors", range(7))
def test_a_reset_that_was_cut_off_goes_on(config: Path, survivors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reset.ask(config)
    removals = 0

    def remove(path: Path) -> None:
        nonlocal removals
        if removals == survivors:
            raise OSError("power is gone")
        removals += 1
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    with monkeypatch.context() as patch:
        patch.setattr(reset, "_remove", remove)
        try:
            reset.perform(config)
        except OSError:
            assert reset.is_asked(config)
    reset.perform(config)
    assert left(config) == {"run", "run/lock"}


def test_a_new_box_without_run_is_reset_too(tmp_path: Path) -> None:
    reset.ask(tmp_path)
    assert reset.perform(tmp_path)
    assert left(tmp_path) == set()


def test_units_of_the_box_have_a_command_that_resets_and_takes_the_request_back(config: Path) -> None:
    reset.ask(config)
    assert not restart.ask(config), "no `twinline run` holds the folder: the request waits for a unit"
    command = [sys.executable, "-m", "firmware", "prepare", "--config", str(config)]
    for _ in range(2):
        assert subprocess.run(command, cwd=Path(__file__).parents[3], stderr=subprocess.DEVNULL).returncode == 0
        assert left(config) == {"run", "run/lock"}


def test_who_runs_the_box_is_told_to_end(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert not restart.ask(tmp_path)
    with Folder(tmp_path).held():
        pass
    assert not restart.ask(tmp_path)  # its number is still in the file, but it no longer holds the folder
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], cwd=Path(__file__).parents[3]) as running:
        until(lambda: f"{running.pid}\n" == (tmp_path / "run" / "lock").read_text(), 10, "it holds the folder")
        assert restart.ask(tmp_path)
        assert running.wait(10) == signal.SIGHUP
    assert restart.is_asked(tmp_path), "whoever starts it anew finds why"
    restart.taken(tmp_path)
    assert not restart.is_asked(tmp_path)
