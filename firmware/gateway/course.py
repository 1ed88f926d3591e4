"""How trunks and lines fare, out of the status into the records: what changed, and a sample a minute. Never waits."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from firmware.records import LineSample

SAMPLE_S = 60.0
_CONFIRM_S = 600.0  # the file of records may be another one by now, which knows of no trunk
_CONNECTED = ("talking", "recall")


class Recorder(Protocol):
    """Takes it down without waiting."""

    def trunk_state(self, trunk: str, state: str, words: str) -> None: ...

    def line_sample(self, sample: LineSample) -> None: ...


class Course:
    """`look` at every status, from one thread."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._trunks: dict[str, tuple[str, str]] = {}
        self._confirmed_s = 0.0
        self._sampled_s: dict[str, float] = {}
        self._slips: dict[str, int] = {}
        self._is_over = False

    def look(self, status: Mapping[str, Any], now_s: float, wall_s: float) -> None:
        """`now_s` is monotonic."""
        if self._is_over:
            return
        trunks = {str(row["name"]): _shown(row) for row in status["trunks"]}
        is_confirming = now_s - self._confirmed_s >= _CONFIRM_S
        for name, (state, words) in trunks.items():
            if is_confirming or self._trunks.get(name) != (state, words):
                self._recorder.trunk_state(name, state, words)
        self._forget(self._trunks.keys() - trunks.keys())
        self._trunks = trunks
        self._confirmed_s = now_s if is_confirming else self._confirmed_s
        self._sample(status["lines"], now_s, wall_s)

    def stop(self) -> None:
        """The box ends: nothing is known from now on."""
        self._is_over = True
        self._forget(self._trunks)

    def _forget(self, names: Any) -> None:
        for name in names:
            self._recorder.trunk_state(name, "", "")

    def _sample(self, lines: Sequence[Mapping[str, Any]], now_s: float, wall_s: float) -> None:
        carrying = {str(row["line"]): row["audio"] for row in lines if row["state"] in _CONNECTED and row["audio"]}
        for line, audio in carrying.items():
            slips = int(audio["up"]["slips"]) + int(audio["down"]["slips"])
            if line not in self._sampled_s:  # a canceller and a buffer that have just begun tell nothing yet
                self._sampled_s[line], self._slips[line] = now_s - SAMPLE_S / 2, slips
            elif now_s - self._sampled_s[line] >= SAMPLE_S:
                self._recorder.line_sample(_sample_of(line, audio, slips - self._slips[line], wall_s))
                self._sampled_s[line], self._slips[line] = now_s, slips
        for line in self._sampled_s.keys() - carrying.keys():
            del self._sampled_s[line], self._slips[line]


def _shown(row: Mapping[str, Any]) -> tuple[str, str]:
    """State and words; that calls go over an outside line is in their own records."""
    state = str(row["state"])
    if row["kind"] == "line":
        return ("ready", "") if state == "in-use" else (state, "" if state == "ready" else str(row["text"]))
    return state, str(row["text"])


def _sample_of(line: str, audio: Mapping[str, Any], slips: int, wall_s: float) -> LineSample:
    echo, up = audio["echo"], audio["up"]
    return LineSample(
        line=line,
        at=wall_s,
        erle_db=echo["erle_db"] if echo["is_on"] else None,
        depth_ms=up["depth_ms"],
        slips=max(0, slips),
        drift_ppm=up["drift_ppm"],
    )
