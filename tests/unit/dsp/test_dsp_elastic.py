"""The elastic buffer between two simulated clocks: no slips, no clicks, little delay, little work."""

import ctypes
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware.dsp.elastic import ElasticBuffer, ElasticState
from firmware.dsp.ring import Ring

BRIDGE_MS = 20.0
TONE_HZ = 1000


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Run:
    """A line and a bridge for some time; `line_ppm` is the line's clock against the bridge's."""

    side: str
    seconds: float
    line_ppm: float = 0.0
    line_ms: float = 10.0
    jitter_ms: float = 5.0
    target_ms: float = 5.0
    max_ms: float = 40.0
    drift_ppm: float = 0.0
    missing: Callable[[str, float], bool] = lambda side, at: False
    at: Callable[[float, ElasticBuffer], None] = lambda at, buffer: None
    states: list[tuple[float, ElasticState]] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)

    def play(self) -> np.ndarray:
        """What the reader hears of a steady tone."""
        rng, clock = random.Random(1), Clock()
        buffer = ElasticBuffer(
            target_ms=self.target_ms,
            max_ms=self.max_ms,
            resample_on=self.side,
            drift_ppm=self.drift_ppm,
            clock=clock,
        )
        line_s = self.line_ms / 1000 / (1 + self.line_ppm * 1e-6)
        write_s, read_s = (line_s, BRIDGE_MS / 1000) if self.side == "write" else (BRIDGE_MS / 1000, line_s)
        write_bytes, read_bytes = (self._bytes(self.line_ms), self._bytes(BRIDGE_MS))
        if self.side == "read":
            write_bytes, read_bytes = read_bytes, write_bytes
        events = [*self._events(rng, "write", write_s), *self._events(rng, "read", read_s)]
        out, sent, shown = [], 0, 0.0
        for at, what in sorted(events):
            clock.now = 1000 + at
            self.at(at, buffer)
            if what == "write":
                if not self.missing("write", at):
                    buffer.write(TABLE[sent % 16000 : sent % 16000 + write_bytes])
                sent += write_bytes
            elif not self.missing("read", at):
                out.append(buffer.read(read_bytes))
            if at - shown >= 1:
                shown = at
                self.states.append((at, buffer.snapshot()))
        return np.frombuffer(b"".join(out), np.int16)

    def _events(self, rng: random.Random, what: str, period_s: float) -> list[tuple[float, str]]:
        # Both sides come late by up to half of the jitter each.
        late_s = self.jitter_ms / 2000
        first = 0.0 if what == "write" else 0.0137
        count = int((self.seconds - first) / period_s)
        return [(first + index * period_s + rng.random() * late_s, what) for index in range(count)]

    @staticmethod
    def _bytes(ms: float) -> int:
        return int(16 * ms)


TABLE = (10000 * np.sin(2 * np.pi * TONE_HZ / 8000 * np.arange(16000))).astype(np.int16).tobytes()


def purity_db(samples: np.ndarray) -> np.ndarray:
    """Signal to everything else, of every 200 ms; the pitch may bend slowly."""
    count = 1600
    t = np.arange(count) / 8000
    sine, cosine = np.sin(2 * np.pi * TONE_HZ * t), np.cos(2 * np.pi * TONE_HZ * t)
    basis = np.linalg.qr(np.stack([sine, cosine, t * sine, t * cosine, t * t * sine, t * t * cosine], 1))[0]
    pieces = samples[: len(samples) // count * count].reshape(-1, count).astype(float)
    fits = pieces @ basis @ basis.T
    return 10 * np.log10((fits**2).sum(1) / np.maximum(1e-9, ((pieces - fits) ** 2).sum(1)))


@pytest.mark.long
@pytest.mark.parametrize(("side", "line_ppm"), [("write", 100), ("read", -100)])
def test_ten_minutes_of_100_ppm_and_5_ms_of_jitter_make_no_slip_and_leave_a_pure_tone(side: str, line_ppm: int) -> None:
    run = Run(side, 600, line_ppm)
    samples = run.play()
    settled = [state for at, state in run.states if at > 30]
    assert {state.slips for state in settled} == {0}
    assert all(state.target_ms <= 8 for state in settled)
    assert all(abs(state.depth_ms - state.target_ms) < 1.5 for state in settled)
    assert purity_db(samples[30 * 8000 :]).min() > 40


@pytest.mark.long
@pytest.mark.parametrize("side", ["write", "read"])
@pytest.mark.parametrize("line_ms", [5, 10, 20])
@pytest.mark.parametrize("line_ppm", [200, -200])
def test_the_drift_is_known_within_half_a_minute(side: str, line_ms: int, line_ppm: int) -> None:
    run = Run(side, 45, line_ppm, line_ms=line_ms)
    run.play()
    # The writer is the line when the writing side resamples, else the bridge.
    wanted = line_ppm if side == "write" else -line_ppm
    assert run.states[-1][1].slips == 0
    late = [state.drift_ppm for at, state in run.states if at >= 30]
    assert np.mean(late) == pytest.approx(wanted, abs=25)


@pytest.mark.parametrize("side", ["write", "read"])
def test_a_drift_that_is_known_from_the_last_call_holds_from_the_start(side: str) -> None:
    run = Run(side, 10, 100, drift_ppm=100 if side == "write" else -100, jitter_ms=1)
    run.play()
    assert all(abs(state.depth_ms - state.target_ms) < 1 for _, state in run.states)


@pytest.mark.parametrize("line_ms", [5, 10, 20])
def test_the_delay_is_the_two_blocks_the_target_and_a_short_filter(line_ms: int) -> None:
    clock = Clock()
    buffer = ElasticBuffer(target_ms=5, max_ms=40, resample_on="write", clock=clock)
    samples = line_ms * 8
    heard = None
    for tick in range(20 * 200):
        clock.now += 0.001
        if tick % line_ms == 0:
            # A step of level 200 ms in; the block that ends now was captured since the last.
            buffer.write(np.full(samples, 8000 if tick > 200 else 0, np.int16).tobytes())
        if tick % 20 == 13:
            block = np.frombuffer(buffer.read(320), np.int16)
            if heard is None and (block > 4000).any():
                heard = tick + int(np.argmax(block > 4000)) / 8
    first_captured = 200
    assert heard is not None
    # Both blocks, 5 ms in hand, 2 ms of filter.
    assert heard - first_captured == pytest.approx(line_ms + 20 + 5 + 2, abs=1)


@pytest.mark.parametrize("side", ["write", "read"])
def test_a_gap_of_60_ms_is_one_slip_without_a_click_and_the_target_rises(side: str) -> None:
    run = Run(side, 20, missing=lambda what, at: what == "write" and 10 < at < 10.06)
    samples = run.play()
    before, after = run.states[8][1], run.states[-1][1]
    assert (before.slips, after.slips) == (0, 1)
    assert after.target_ms > before.target_ms
    # 1 kHz at 8 kHz moves by 0.77 of its peak at the most.
    assert np.abs(np.diff(samples[8000:].astype(int))).max() < 10000 * 0.8
    assert (samples[8000 * 9 : 8000 * 11] == 0).sum() < 8000 * 0.12


def test_a_reader_that_stalls_drops_what_is_too_much_and_is_back_at_the_target() -> None:
    run = Run("write", 20, missing=lambda what, at: what == "read" and 10 < at < 10.2)
    samples = run.play()
    state = run.states[-1][1]
    assert state.slips == 1
    assert state.depth_ms < 10
    assert np.abs(np.diff(samples[8000:].astype(int))).max() < 10000 * 0.8


@pytest.mark.parametrize("side", ["write", "read"])
@pytest.mark.parametrize("line_ppm", [-300, 300])
def test_a_beat_that_moves_while_the_crystal_is_off_by_100_ppm_too_makes_no_slip(side: str, line_ppm: int) -> None:
    run = Run(side, 50, line_ppm)  # 200 ppm for as long as it takes to come to any place
    run.play()
    assert run.states[-1][1].slips == 0
    assert max(state.depth_ms for _, state in run.states) < 5.0 + 4.0


@pytest.mark.parametrize("side", ["write", "read"])
@pytest.mark.parametrize("step_ms", [-8.0, -2.0, 2.0])
def test_a_clock_that_makes_a_step_is_no_slip_and_no_click_and_the_depth_is_right_at_once(
    side: str, step_ms: float
) -> None:
    clock = Clock()
    buffer = ElasticBuffer(target_ms=3, max_ms=60, resample_on=side, clock=clock)
    line = [(at * 0.005, "line") for at in range(1200)]
    bridge = [(0.001 + at * 0.010 + (step_ms / 1000 if at >= 300 else 0.0), "bridge") for at in range(599)]
    out, sent, beats = [], 0, 0
    for at, what in sorted(line + bridge):
        clock.now = 1000 + at
        beats += what == "bridge"
        size = 80 if what == "line" else 160
        is_step = what == "bridge" and beats == 301
        if (what == "line") == (side == "write"):
            buffer.write(TABLE[sent % 16000 : sent % 16000 + size])
            sent += size
            if is_step:
                buffer.lay_in()
        else:
            if is_step:
                buffer.lay_in()
            out.append(buffer.read(size))
        if 3.1 < at < 3.2 or at > 5.9:
            assert buffer.snapshot().depth_ms == pytest.approx(3.0, abs=1.5)
    assert buffer.snapshot().slips == 0
    samples = np.frombuffer(b"".join(out), np.int16)[8000:]
    assert np.abs(np.diff(samples.astype(int))).max() < 10000 * 0.8
    assert (samples == 0).sum() < 8000 * 0.03


def test_a_pause_of_the_call_is_no_slip() -> None:
    held = Run("write", 20, missing=lambda what, at: what == "read" and 8 < at < 15)
    held.play()
    assert held.states[-1][1].slips == 0
    silent = Run("read", 20, missing=lambda what, at: what == "write" and 8 < at < 15)
    silent.play()
    assert silent.states[-1][1].slips == 0


@pytest.mark.long
def test_fixed_rests_at_the_drift_found_with_a_larger_store() -> None:
    def fax(at: float, buffer: ElasticBuffer) -> None:
        if not fixed and at > 60:
            fixed.append(at)
            buffer.set_fixed(True)

    fixed: list[float] = []
    run = Run("write", 360, 100, at=fax)
    samples = run.play()
    assert run.states[-1][1].slips == 0
    assert run.states[-1][1].drift_ppm == run.states[65][1].drift_ppm
    assert run.states[-1][1].target_ms == 20
    # The rate no longer moves: the pitch of the last minutes is one pitch to 20 ppm.
    tail = samples[-8000 * 200 :].astype(float)
    phases = [
        np.angle(np.sum(tail[s : s + 8000] * np.exp(-2j * np.pi * TONE_HZ * np.arange(s, s + 8000) / 8000)))
        for s in range(0, len(tail) - 8000, 8000)
    ]
    bend = np.diff(np.unwrap(phases)) / (2 * np.pi * TONE_HZ) * 1e6
    assert bend.max() - bend.min() < 20


def test_before_anything_was_written_there_is_silence_and_no_slip() -> None:
    buffer = ElasticBuffer(target_ms=5, max_ms=40, resample_on="read")
    assert buffer.read(160) == bytes(160)
    assert buffer.snapshot().slips == 0


def test_memory_and_bytes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    one = ElasticBuffer(target_ms=5, max_ms=40, resample_on="write", clock=clock)
    two = ElasticBuffer(target_ms=5, max_ms=40, resample_on="write", clock=clock)
    memory = ctypes.create_string_buffer(320)
    for tick in range(300):
        clock.now += 0.01
        block = TABLE[(tick * 160) % 16000 :][:160]
        source = ctypes.create_string_buffer(block, 160)
        one.write(block)
        two.write_from(ctypes.addressof(source), 160)
        if tick % 2:
            two.read_into(ctypes.addressof(memory), 320)
            assert one.read(320) == memory.raw
    assert one.snapshot() == two.snapshot()


@pytest.mark.parametrize("side", ["write", "read"])
def test_a_block_beyond_100_ms_is_refused(side: str) -> None:
    buffer = ElasticBuffer(target_ms=5, max_ms=40, resample_on=side)
    with pytest.raises(ValueError, match="longer than"):
        buffer.write(bytes(1602))
    with pytest.raises(ValueError, match="longer than"):
        buffer.read(1602)


def test_a_writer_that_nobody_reads_takes_no_more_memory() -> None:
    buffer = ElasticBuffer(target_ms=5, max_ms=40, resample_on="read")
    size = sys.getsizeof(buffer._ring._bytes)
    for _ in range(5000):
        buffer.write(bytes(320))
    assert sys.getsizeof(buffer._ring._bytes) == size
    assert len(buffer.read(160)) == 160


def test_two_threads_as_fast_as_they_can_never_break_it() -> None:
    buffer = ElasticBuffer(target_ms=5, max_ms=40, resample_on="read")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            buffer.write(TABLE[:320])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(len(buffer.read(160)) == 160 for _ in range(3000))
    finally:
        stop.set()
        writer.join(5)
    assert not writer.is_alive()


def test_the_ring_gives_back_what_was_stored_across_its_end() -> None:
    ring, rng, total, stream = Ring(1000), random.Random(2), 0, b""
    memory = ctypes.create_string_buffer(1000)
    for _ in range(500):
        data = rng.randbytes(rng.randint(1, 400))
        ring.store(total, data)
        stream, total = (stream + data)[-1000:], total + len(data)
        size = rng.randint(0, len(stream))
        ring.load_into(total - size, ctypes.addressof(memory), size)
        assert ring.load(total - size, size) == memory.raw[:size] == stream[len(stream) - size :]
