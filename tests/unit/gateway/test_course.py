"""What of the status goes into the records: changes of trunks, and a sample a minute of a line that carries a call."""

from typing import Any

from firmware.gateway.course import SAMPLE_S, Course
from firmware.records import LineSample


class Recorder:
    def __init__(self) -> None:
        self.states: list[tuple[str, str, str]] = []
        self.samples: list[LineSample] = []

    def trunk_state(self, trunk: str, state: str, words: str) -> None:
        self.states.append((trunk, state, words))

    def line_sample(self, sample: LineSample) -> None:
        self.samples.append(sample)


def status(trunk: str = "registered", line: str = "on-hook", slips: int = 0, outside: str = "ready") -> dict[str, Any]:
    buffer = {"depth_ms": 4.0, "target_ms": 3.0, "drift_ppm": 7.5, "slips": slips}
    audio = {"up": buffer, "down": buffer, "echo": {"is_on": True, "erl_db": 12.0, "erle_db": 24.0}}
    trunks = [{"name": "main", "kind": "sip", "state": trunk, "text": f"it is {trunk}", "retry_in_s": 3.0}]
    trunks.append({"name": "line:1", "kind": "line", "state": outside, "text": "talking", "retry_in_s": None})
    return {"trunks": trunks, "lines": [{"line": "fxs1", "state": line, "audio": audio}]}


def test_a_trunk_is_told_of_when_its_state_changes_and_not_of_every_call() -> None:
    recorder = Recorder()
    course = Course(recorder)
    for second in range(1, 60):
        course.look(status("registered" if second < 30 else "waiting", outside="in-use" if second % 2 else "ready"),
                    1000.0 + second, 0.0)  # fmt: skip
    assert recorder.states == [
        ("main", "registered", "it is registered"), ("line:1", "ready", ""), ("main", "waiting", "it is waiting")
    ]  # fmt: skip


def test_all_is_told_again_now_and_then_for_a_file_that_was_begun_anew() -> None:
    recorder = Recorder()
    course = Course(recorder)
    for second in range(1500):
        course.look(status(), 1000.0 + second, 0.0)
    assert [name for name, _, _ in recorder.states] == ["main", "line:1"] * 3


def test_a_trunk_that_is_gone_and_a_box_that_ends_are_told() -> None:
    recorder = Recorder()
    course = Course(recorder)
    course.look(status(), 1.0, 0.0)
    course.look(status() | {"trunks": status()["trunks"][:1]}, 2.0, 0.0)
    assert recorder.states[-1] == ("line:1", "", "")
    course.stop()
    course.look(status("off"), 3.0, 0.0)
    assert recorder.states[-1] == ("main", "", "")


def test_a_line_is_sampled_once_a_minute_while_it_carries_a_call() -> None:
    recorder = Recorder()
    course = Course(recorder)
    for second in range(200):
        course.look(status(line="talking" if second < 190 else "on-hook", slips=second // 50), float(second), second)
    assert [sample.at for sample in recorder.samples] == [SAMPLE_S / 2 + SAMPLE_S * n for n in range(3)]
    assert [sample.slips for sample in recorder.samples] == [0, 2, 4]
    assert (recorder.samples[0].erle_db, recorder.samples[0].depth_ms, recorder.samples[0].drift_ppm) == (
        24.0,
        4.0,
        7.5,
    )
    for second in range(200, 300):
        course.look(status(line="on-hook"), float(second), second)
    assert len(recorder.samples) == 3
