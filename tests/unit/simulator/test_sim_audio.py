"""Audio blocks: pacing, answers in their time, starving, dropping, bursts, catching up."""

from firmware.dsp.spandsp import tones
from firmware.fxs.protocol.frames import NONE_PLAYED, Audio
from firmware.fxs.protocol.orders import StartAudio, StartRinging, StopAudio
from firmware.fxs.simulator.clock import Timeline, samples_of
from firmware.fxs.simulator.line_audio import LineAudio


class Wires:
    """Notes what is played, by sample."""

    def __init__(self) -> None:
        self.played: list[tuple[int, bytes]] = []

    def speak(self, start: int, count: int, sent: bytes) -> bytes:
        return bytes(2 * count)

    def hear(self, start: int, pcm: bytes) -> None:
        self.played.append((start, pcm))


def make(block_ms: int = 10, prime: int = 2) -> tuple[Timeline, LineAudio, Wires, list[int]]:
    timeline, wires, numbers = Timeline(), Wires(), []
    audio = LineAudio(timeline, wires)
    audio.send = lambda number, pcm, played: numbers.append(number)
    audio.start(block_ms, prime)
    return timeline, audio, wires, numbers


def block(value: int, count: int = 80) -> bytes:
    return bytes([value, 0]) * count


def test_blocks_leave_on_an_absolute_schedule_numbered_from_zero():
    timeline, _, _, numbers = make()
    for ms in range(0, 1001, 7):
        timeline.advance(samples_of(ms))
    timeline.advance(samples_of(1000))
    assert numbers == list(range(100))


def test_an_answer_sounds_in_its_own_time_and_starving_counts_from_the_first():
    timeline, audio, wires, _ = make(prime=2)
    timeline.advance(80)
    audio.receive(0, block(1))
    timeline.advance(160)
    assert audio.starved == 0 and wires.played[-1][1] == bytes(160)
    audio.receive(1, block(2))
    timeline.advance(400)
    assert [pcm for _, pcm in wires.played[2:]] == [block(1), block(2), bytes(160)]
    assert audio.starved == 1


def test_blocks_that_come_late_or_lie_far_ahead_are_dropped():
    timeline, audio, wires, _ = make(prime=2)
    timeline.advance(5 * 80)  # block 5 is being sampled; the answer to block 3 sounds next
    for number in (2, 3, 9, 10):
        audio.receive(number, block(number))
    assert audio.dropped == 2
    timeline.advance(6 * 80)
    assert wires.played[-1][1] == block(3)


def test_a_late_answer_costs_a_block_and_never_a_longer_delay():
    timeline, audio, wires, _ = make(prime=1)
    for tick in range(1, 8):
        timeline.advance(tick * 80)
        if tick == 3:
            continue  # the answer to block 2 comes with that to block 3
        if tick == 4:
            audio.receive(2, block(2))
        audio.receive(tick - 1, block(tick - 1))
    assert [pcm[0] for _, pcm in wires.played] == [0, 0, 1, 0, 3, 4, 5]
    assert (audio.starved, audio.dropped) == (1, 1)


def test_a_block_of_another_length_is_dropped_and_counted():
    _, audio, _, _ = make(block_ms=20)
    audio.receive(0, block(1))
    assert audio.dropped == 1


def test_a_process_that_was_stopped_leaves_blocks_out_and_their_numbers_too():
    timeline, _, _, numbers = make()
    timeline.advance(samples_of(100))
    sent = len(numbers)
    timeline.advance(samples_of(12_000))
    late = numbers[sent:]
    assert len(late) < 30  # not the 1190 of that time
    assert timeline.next_due == samples_of(12_010)
    timeline.advance(samples_of(12_010))
    assert numbers[-1] == 1200


def test_each_block_tells_which_of_the_hosts_sounded_during_it():
    timeline, audio, _, _ = make(prime=1)
    told: list[int] = []
    audio.send = lambda number, pcm, played: told.append(played)
    for number in (0, 1):
        timeline.advance((number + 1) * 80)
        audio.receive(number, block(1))
    timeline.advance(400)
    assert told == [NONE_PLAYED, NONE_PLAYED, 0, 1, NONE_PLAYED]


def test_a_ring_burst_mutes_both_ways(host):
    host.order(0, StartAudio(10, 1))
    host.order(0, StartRinging((500, 1000)))
    host.to_play[0] = tones((1200,), -10, 500)
    host.run_ms(500)
    assert host.heard[0].count(0) == len(host.heard[0])
    assert host.phone.state()["caller_id"] is None


def test_audio_that_is_stopped_stops(host):
    host.order(0, StartAudio(10))
    host.run_ms(100)
    host.order(0, StopAudio())
    count = len(host.heard[0])
    host.run_ms(100)
    assert len(host.heard[0]) == count
    host.say(Audio(0, 0, bytes(160)))  # late: ignored
    assert host.adapter.session.counters()["dropped_blocks"] == 0
