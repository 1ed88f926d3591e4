"""`twinline sim` and `twinline simulator`, as a person uses them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.commands import main
from firmware.dsp.spandsp import tones
from firmware.fxs.protocol.orders import PulseDial, SeizeLine, StartAudio, StartRinging
from firmware.fxs.protocol.reports import CurrentReported, PolarityReported
from firmware.fxs.simulator.process import device_path, socket_path
from firmware.fxs.simulator.wav import write_wav
from tests.support.pty_host import hosting, simulating
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
IDLE_CPU_MAX = 0.03  # of a core; the goal is 0.01, the rest is for a busy machine

Sim = Callable[..., str]


@pytest.fixture
def sim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sim:
    """The command; its output. It must succeed and complain of nothing."""

    def run(*words: object) -> str:
        code = main(["sim", *map(str, words), "--config", str(tmp_path)])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        return said.out

    return run


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sim:
    """The command; its complaint. It must fail."""

    def run(*words: object) -> str:
        code = main(["sim", *map(str, words), "--config", str(tmp_path)])
        said = capsys.readouterr()
        assert code != 0 and said.out == ""
        return said.err

    return run


def test_a_person_drives_a_telephone(tmp_path: Path, sim: Sim):
    said = tmp_path / "said.wav"
    write_wav(said, tones((800,), -10, 300))
    with simulating(tmp_path), hosting(tmp_path) as host:
        host.begin()
        sim("fault", "erl_db=off")
        host.order(1, StartRinging((100, 100)))
        until(lambda: len(json.loads(sim("phone", 2, "state"))["cadence_ms"]) >= 4, 5, "ringing")
        sim("phone", 2, "lift")
        until(lambda: not json.loads(sim("phone", 2, "state"))["ringing"], 2, "the ring trip")
        state = json.loads(sim("phone", 2, "state"))
        assert (state["hook"], state["cadence_ms"][:3]) == ("off-hook", [100, 100, 100])
        host.order(1, StartAudio(10))
        began = time.monotonic()
        assert sim("phone", 2, "dial", "12#") == ""
        assert time.monotonic() - began > 0.4
        sim("phone", 2, "dial", "2", "--pulse", "--gap-ms", 300)
        sim("phone", 2, "flash", "--ms", 90)
        host.to_play[1] = tones((1300,), -10, 3000)
        sim("phone", 2, "play", said, "--background")
        sim("phone", 2, "record", 0.5, tmp_path / "heard.wav")
        sim("phone", 2, "hang-up")
        assert tones((800,), -10, 300)[2:4000] in host.heard(1)
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 4000)
        heard = array("h", file.readframes(4000))
    assert max(heard[2000:]) > 5000


def test_a_person_rings_the_line_from_outside_and_pulls_the_plug(tmp_path: Path, sim: Sim):
    with simulating(tmp_path):
        sim("line", 1, "ring", "--from", "5551234", "--name", "ANNA")
        assert json.loads(sim("line", 1, "state"))["state"] == "ringing"
        sim("line", 1, "stop")
        assert json.loads(sim("line", 1, "state"))["state"] == "idle"
        switches = json.loads(sim("fault", "lose=0.1", "country=UK"))
        assert (switches["lose"], switches["country"]) == (0.1, "UK")
        sim("adapter", "unplug")
        assert json.loads(sim("state"))["adapter"]["plugged"] is False


@pytest.mark.parametrize("way", ["--cpc", "--busy-tone", "--polarity", None])
def test_a_person_answers_at_the_far_end_talks_and_hangs_up_in_each_way(tmp_path: Path, sim: Sim, way: str | None):
    said = tmp_path / "said.wav"
    write_wav(said, tones((800,), -10, 300))

    def line() -> dict[str, object]:
        state: dict[str, object] = json.loads(sim("line", 1, "state"))
        return state

    with simulating(tmp_path), hosting(tmp_path) as host:
        host.begin()
        sim("fault", "erl_db=off")
        host.order(2, SeizeLine())
        host.order(2, StartAudio(10))
        host.order(2, PulseDial(30, 20, 400, (5, 1)))
        until(lambda: line()["state"] == "ringback", 8, "the exchange rings the number")
        assert (line()["dialled"], line()["dialled_by"]) == ("51", "pulse")
        sim("line", 1, "answer")
        assert line()["state"] == "talking"
        host.to_play[2] = tones((1300,), -10, 3000)
        sim("line", 1, "play", said, "--background")
        sim("line", 1, "record", 0.5, tmp_path / "heard.wav")
        until(lambda: tones((800,), -10, 300)[2:4000] in host.heard(2), 2, "the far end was heard")
        sim("line", 1, "hang-up", *([way] if way else []))
        assert line()["state"] == "cleared"
        signs = {"--cpc": CurrentReported(True), "--polarity": PolarityReported(True)}
        if way in signs:
            until(lambda: signs[way] in [event.report for event in host.events], 2, "the sign of it")
        elif way == "--busy-tone":
            busy = tones((480, 620), -24, 400)[1600:3200]
            until(lambda: busy in host.heard(2), 3, "busy tone")
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert max(array("h", file.readframes(4000))[2000:]) > 5000


def test_what_cannot_be_done_is_said_in_words(tmp_path: Path, refused: Sim):
    assert "no simulator runs on" in refused("phone", 1, "lift")
    (tmp_path / "no.wav").write_text("no sound")
    with simulating(tmp_path):
        assert "telephone 9 does not exist" in refused("phone", 9, "lift")
        assert "is on the hook" in refused("phone", 2, "dial", "12")
        assert "not a WAV file" in refused("phone", 2, "play", tmp_path / "no.wav")
        assert "up to 900 seconds" in refused("phone", 2, "record", "inf", tmp_path / "a.wav")
        assert "nothing to answer" in refused("line", 1, "answer")
        assert "no call" in refused("line", 1, "hang-up", "--cpc")
        assert "did you mean" in refused("fault", "los=1")
        assert "write NAME=VALUE" in refused("fault", "lose")


def test_the_simulator_ends_while_somebody_waits_for_it(tmp_path: Path, refused: Sim):
    ended: list[str] = []
    with simulating(tmp_path) as control:
        waiting = threading.Thread(target=lambda: ended.append(refused("phone", 2, "record", 600, tmp_path / "a.wav")))
        waiting.start()
        time.sleep(0.2)
        assert control.call("ping") == "pong"
    waiting.join(5)
    assert ended and not (tmp_path / "a.wav").exists()


def test_the_process_is_frugal_alone_on_its_folder_and_leaves_nothing(tmp_path: Path):
    def cpu_s() -> float:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    command = [sys.executable, "-m", "firmware", "simulator", "--config", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        until(lambda: socket_path(tmp_path).exists() and device_path(tmp_path).exists(), 20, "the simulator")
        with hosting(tmp_path) as host:
            host.begin()
            before, began = cpu_s(), time.monotonic()
            second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
            assert second.returncode == 1 and "another process" in second.stderr
            time.sleep(1.5)
            assert (cpu_s() - before) / (time.monotonic() - began) < IDLE_CPU_MAX
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not os.path.lexists(device_path(tmp_path))
    assert not socket_path(tmp_path).exists()
