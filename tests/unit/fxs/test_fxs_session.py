"""The host's session with an adapter, over good and bad links, in virtual time."""

import binascii
import itertools
import struct

import pytest
from cobs import cobs  # type: ignore[import-untyped, unused-ignore]

from firmware.fxs.adapter import AdapterRefused, SessionState
from firmware.fxs.line import LineKind
from firmware.fxs.protocol.frames import (
    Ack,
    Audio,
    Event,
    Heartbeat,
    Hello,
    HostHello,
    LineEntry,
    Nak,
    NakCode,
    Refuse,
    Request,
    encode,
)
from firmware.fxs.protocol.orders import BreakLoop
from firmware.fxs.protocol.reports import FaultReported, LoopClosed, StateReported
from tests.unit.fxs.fxs_scripted_peer import World, ready

LINKS = {
    "whole": {},
    "byte by byte": {"is_bytewise": True},
    "20 % lost": {"loss": 0.2},
    "delayed": {"delay_s": 0.08},
    "reset every 40 frames": {"reset_every": 40},
}


def is_usable(world: World) -> bool:
    return world.session.state is SessionState.READY and len(world.host.sessions[-1]) >= 3


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_orders_are_done_once_or_fail_and_events_come_once_in_order(link: dict[str, float]) -> None:
    world = World(**link)  # type: ignore[arg-type]
    asked: list[int] = []
    for number in range(1, 400):
        world.run(0.05)
        if is_usable(world):
            world.session.request(number % 3, BreakLoop(number))
            asked.append(number)
        world.peer.report(number % 3, FaultReported(0, str(number)))
    world.run(10)

    done = [order.break_ms for order in world.peer.performed if isinstance(order, BreakLoop)]
    acked = [a.order.break_ms for a in world.host.answers if isinstance(a.order, BreakLoop) and not a.refusal]
    assert len(done) == len(set(done))
    assert set(acked) <= set(done) <= set(asked)
    if "reset_every" not in link:
        assert len(world.host.answers) == len(asked)
        assert len(acked) >= 0.98 * len(asked)
    else:
        assert len(world.host.sessions) > 5
        assert len(acked) > 0.5 * len(asked)
    for session in world.host.sessions:
        said = [int(report.text) for _, _, report in session if isinstance(report, FaultReported)]
        assert said == sorted(set(said))
        if "reset_every" not in link:
            assert said == list(range(said[0], said[0] + len(said))) if said else True
    if "reset_every" not in link:
        assert said[-1] == 399
        assert len(said) > 300


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_no_order_hangs_after_the_adapter_has_gone(link: dict[str, float]) -> None:
    world = ready(**link)
    world.peer.is_deaf_to_requests = True
    world.session.request(0, BreakLoop(1))
    world.session.request(0, BreakLoop(2))
    world.run_until(lambda: len(world.host.answers) == 2 or bool(world.host.endings), limit_s=4)
    if not world.host.endings:
        assert [answer.refusal for answer in world.host.answers] == ["the adapter does not answer"] * 2


def test_a_request_is_sent_six_times_and_not_more() -> None:
    world = ready()
    world.peer.is_deaf_to_requests = True
    world.session.request(1, BreakLoop(7))
    world.run(5)
    sent = [frame for frame in world.peer.heard if isinstance(frame, Request)]
    assert len(sent) == 6
    assert len({frame.number for frame in sent}) == 1


def test_lines_do_not_wait_for_one_another_but_a_lines_orders_do() -> None:
    world = ready()
    world.peer.is_deaf_to_requests = True
    for line, ms in ((0, 1), (0, 2), (1, 3)):
        world.session.request(line, BreakLoop(ms))
    world.run(0.1)
    sent = [frame.order for frame in world.peer.heard if isinstance(frame, Request)]
    assert sent == [BreakLoop(1), BreakLoop(3)]


def test_a_refusal_is_told_in_words() -> None:
    world = ready()
    world.peer.is_deaf_to_requests = True
    for number, code in enumerate((NakCode.NOT_CAPABLE, 77), start=1):
        world.session.request(0, BreakLoop(500))
        world.session.receive(encode(Nak(number, code)))
    assert [a.refusal for a in world.host.answers] == [
        "the adapter cannot do this on this line",
        "the adapter refused (code 77)",
    ]
    assert world.host.answers[0].code == NakCode.NOT_CAPABLE


def test_orders_nobody_takes_are_refused_at_a_limit() -> None:
    world = ready()
    world.peer.is_deaf_to_requests = True
    for _ in range(100):
        world.session.request(0, BreakLoop(1))
    assert {answer.refusal for answer in world.host.answers} == {"too many orders wait for this line"}


def test_an_answer_to_nothing_changes_nothing() -> None:
    world = ready()
    world.session.receive(encode(Ack(999)) + encode(Nak(1000, 3)))
    assert world.host.answers == []


def test_an_adapter_that_falls_silent_is_lost_after_two_seconds_and_found_again() -> None:
    world = ready()
    world.run(5)
    assert world.host.endings == []
    world.peer.is_silent = True
    silent_from = world.now
    world.run_until(lambda: bool(world.host.endings))
    assert world.host.endings == ["the adapter has fallen silent"]
    assert 1.4 <= world.now - silent_from <= 2.1
    world.peer.is_silent = False
    world.run_until(lambda: len(world.host.sessions) == 2 and len(world.host.sessions[1]) == 3, limit_s=2)


def test_the_host_does_not_fall_silent() -> None:
    world = ready()
    world.run(20)
    assert world.peer.host_silent_sessions == 0
    beats = [frame for frame in world.peer.heard if isinstance(frame, Heartbeat)]
    assert {beat.session for beat in beats} == {world.peer.session}
    assert 38 <= len(beats) <= 42


def test_hook_states_come_anew_with_each_session() -> None:
    world = ready()
    world.peer.reset()
    world.run_until(lambda: len(world.host.sessions) == 2 and len(world.host.sessions[1]) == 3)
    assert world.host.endings == ["the adapter was restarted"]
    assert all(isinstance(report, StateReported) for _, _, report in world.host.sessions[1])


def test_a_hello_that_came_twice_does_not_end_the_session() -> None:
    world = ready()
    hello = Hello(world.peer.session, "Peer", "P1", "0", (LineEntry(LineKind.FXS),) * 3)
    world.session.receive(encode(hello))
    world.run(0.1)
    assert world.host.endings == []
    assert [f for f in world.peer.heard if isinstance(f, HostHello)] == [HostHello(world.peer.session)] * 2


def test_a_heartbeat_of_another_session_ends_this_one() -> None:
    world = ready()
    world.session.receive(encode(Heartbeat(world.peer.session ^ 1)))
    assert world.host.endings == ["the adapter was restarted"]


def test_a_host_that_hesitates_is_asked_again() -> None:
    world = World()
    world.host.is_willing = False
    world.run(1.6)
    assert world.host.sessions == []
    world.host.is_willing = True
    world.run_until(lambda: bool(world.host.sessions), limit_s=0.6)


def test_another_major_version_is_refused_in_words_on_both_sides() -> None:
    world = World()
    world.peer.major = 2
    with pytest.raises(AdapterRefused, match=r"speaks protocol 2\.0, this box 1\.0"):
        world.run(2)
    world.down.move(world.now)
    assert Refuse("speaks protocol 2.0, this box 1.0") in world.peer.heard
    assert world.host.sessions == []
    world.session.close("refused")  # after REFUSE it is not asked for another HELLO
    world.down.move(world.now)
    assert isinstance(world.peer.heard[-1], Refuse)


def test_an_adapter_that_there_is_no_number_for_is_refused_in_words_on_both_sides() -> None:
    world = World()

    def accept(hello: Hello) -> bool:
        raise AdapterRefused("there are 8 telephones already")

    world.host.accept = accept  # type: ignore[method-assign]
    with pytest.raises(AdapterRefused, match="8 telephones"):
        world.run(2)
    world.down.move(world.now)
    assert world.peer.heard[-1] == Refuse("there are 8 telephones already")


def test_what_a_newer_minor_version_says_shows_life_too() -> None:
    world = ready()
    world.peer.is_silent = True
    body = b"\x7funknown"
    framed = cobs.encode(body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF)))
    for _ in range(5):
        world.run(1)
        world.session.receive(b"\0" + framed + b"\0")
    assert world.session.state is SessionState.READY
    world.run(2.1)
    assert world.host.endings == ["the adapter has fallen silent"]


def test_events_of_lines_that_do_not_exist_are_acknowledged_and_ignored() -> None:
    world = ready()
    world.peer.report(9, LoopClosed())
    world.peer.report(0, LoopClosed())
    world.run(0.1)
    assert [line for line, _, _ in world.host.sessions[0]] == [0, 1, 2, 0]


def flood(world: World, raw: bytes, per_step: int, seconds: float) -> None:
    end = world.now + seconds
    while world.now < end:
        world.run(0.01)
        world.session.receive(raw * per_step)


def test_garbage_without_end_is_dropped_in_words() -> None:
    world = ready()
    with pytest.raises(AdapterRefused, match="it sends garbage"):
        flood(world, b"\x01\x02\x03\x00", 100, 5)
    assert world.host.endings == ["it sends garbage"]


def test_noise_without_delimiters_is_dropped_in_words() -> None:
    with pytest.raises(AdapterRefused, match="floods"):
        flood(ready(), b"\x55" * 10_000, 1, 5)


def test_a_flood_of_good_frames_is_dropped_in_words() -> None:
    with pytest.raises(AdapterRefused, match="floods the box with data"):
        flood(ready(), encode(Ack(1)), 100, 5)


def test_a_flood_of_events_is_dropped_in_words() -> None:
    world = ready()
    numbers = itertools.count(4)
    with pytest.raises(AdapterRefused, match="floods the box with events"):
        for _ in range(200):
            world.run(0.01)
            for _ in range(10):
                world.session.receive(encode(Event(next(numbers) & 0xFFFF, 0, 0, LoopClosed())))


def test_sixteen_lines_of_five_ms_audio_are_no_flood() -> None:
    world = ready()
    raw = b"".join(encode(Audio(line, 0, bytes(80))) for line in range(16))
    flood(world, raw, 2, 4)


def test_our_reckoning_of_the_sample_counter_follows_the_adapters() -> None:
    world = ready()
    for _ in range(20):
        world.run(0.37)
        assert abs(world.session.sample_now() - world.now * 8000) < 8 * 15
