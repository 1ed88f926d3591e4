"""The adapter's side of the protocol: hello, heartbeats, requests, events, silence."""

from firmware.fxs.line import Feed, LineKind
from firmware.fxs.protocol.frames import (
    Ack,
    Audio,
    Event,
    EventAck,
    Heartbeat,
    Hello,
    HelloRequest,
    HostHello,
    Nak,
    NakCode,
    Refuse,
    Request,
)
from firmware.fxs.protocol.orders import FeedLine, SeizeLine, StartAudio, StartRinging, StopRinging, SwitchLifeline
from firmware.fxs.protocol.reports import LineFlags, LoopClosed, LoopOpened, StateReported
from firmware.fxs.simulator.switches import Switches, change
from firmware.fxs.simulator.telephone import ToneDialling


def test_hello_names_the_lines_and_is_repeated_every_half_second_until_taken(make_host):
    host = make_host(telephones=2, outside_lines=1)
    host.adapter.session.host_came()
    host.timeline.advance(8000)
    hellos = [frame for frame in host.frames if isinstance(frame, Hello)]
    assert len(hellos) == 3
    assert [entry.kind for entry in hellos[0].lines] == [LineKind.FXS, LineKind.FXS, LineKind.FXO]
    assert hellos[0].serial == "TEST1"


def test_each_line_reports_its_state_first(make_host):
    host = make_host()
    host.phone.lift()
    host.adapter.telephones[1].lift()
    host.connect()
    host.timeline.advance(100)
    assert [(event.number, event.line, event.report) for event in host.events] == [
        (1, 0, StateReported(LineFlags.LIFELINE_CLOSED)),
        (2, 1, StateReported(LineFlags.LOOP_CLOSED)),
        (3, 2, StateReported(LineFlags(0))),
    ]


def test_nothing_is_said_before_a_host_opens_the_device(make_host):
    host = make_host()
    host.timeline.advance(16000)
    assert host.frames == []


def test_a_request_sent_twice_is_performed_once_and_answered_twice(host):
    host.order(1, StartRinging((500, 500)))
    again = Request(2, 1, StartRinging((500, 500)))
    host.run_ms(700)
    answers = sum(isinstance(frame, Ack) for frame in host.frames)
    host.say(again)
    assert sum(isinstance(frame, Ack) for frame in host.frames) == answers + 1
    host.run_ms(700)
    assert host.adapter.telephones[1].state()["cadence_ms"] == [500, 500]  # not begun anew at 700 ms


def test_orders_that_cannot_be_are_refused_by_their_numbers(host):
    assert host.order(9, StopRinging()) == Nak(host._number, NakCode.UNKNOWN_LINE)
    assert host.order(2, StopRinging()) == Nak(host._number, NakCode.UNKNOWN_LINE)
    assert host.order(0, SeizeLine()) == Nak(host._number, NakCode.UNKNOWN_LINE)
    assert host.order(1, SwitchLifeline(False)) == Nak(host._number, NakCode.NOT_CAPABLE)
    host.phone.lift()
    assert host.order(0, StartRinging((1000, 1000))) == Nak(host._number, NakCode.WRONG_STATE)


def test_unacknowledged_events_come_again_in_order_every_100_ms(host):
    host.is_polite = False
    before = len(host.frames)
    host.phone.lift()
    host.timeline.advance(host.timeline.now + 80)
    host.phone.hang_up()
    host.timeline.advance(host.timeline.now + 1600)
    events = [frame for frame in host.frames[before:] if isinstance(frame, Event)]
    numbers = [event.number for event in events]
    first = numbers[0]
    assert numbers[:4] == [first, first + 1, first, first + 1]
    assert len(numbers) == 6
    assert [event.report for event in events[:2]] == [LoopClosed(), LoopOpened()]
    assert events[1].sample - events[0].sample == 80
    host.say(EventAck(first + 1))
    count = len(host.frames)
    host.timeline.advance(host.timeline.now + 1600)
    assert not any(isinstance(frame, Event) for frame in host.frames[count:])


def test_more_events_than_can_be_kept_end_the_session(host):
    host.is_polite = False
    for _ in range(33):
        host.phone.lift()
        host.phone.hang_up()
    assert not host.adapter.session.is_on
    assert isinstance(host.frames[-1], Hello)


def test_a_silent_host_loses_the_session_and_all_is_made_safe(host):
    host.order(0, FeedLine(Feed.REVERSE))
    host.order(1, StartRinging((1000, 1000)))
    host.order(2, SeizeLine())
    host.order(1, StartAudio(10))
    old = host.last(Hello).session
    host.run_ms(5)  # what it owes an answer is answered
    host.is_polite = False
    host.say(Heartbeat(old))
    host.timeline.advance(host.timeline.now + 8 * 2000 - 1)
    assert host.adapter.session.is_on
    host.timeline.advance(host.timeline.now + 1)
    assert not host.adapter.session.is_on
    assert host.last(Hello).session != old
    assert not host.adapter.telephones[1].state()["ringing"]
    assert host.phone.state()["polarity"] == "normal"
    assert host.line.state()["hook"] == "on-hook"


def test_a_heartbeat_of_another_session_is_no_sign_of_life(host):
    host.is_polite = False
    for _ in range(6):
        host.say(Heartbeat(12345))
        host.timeline.advance(host.timeline.now + 4000)
    assert not host.adapter.session.is_on


def test_hello_request_ends_the_session_and_another_begins(host):
    old = host.last(Hello).session
    host.say(HelloRequest())
    new = host.last(Hello).session
    assert new != old and not host.adapter.session.is_on
    host.say(HostHello(old))
    assert not host.adapter.session.is_on
    host.say(HostHello(new))
    assert host.adapter.session.is_on


def test_a_refused_adapter_says_hello_every_ten_seconds(host):
    host.say(Refuse("speaks protocol 2.0, this box 1.x"))
    count = len(host.frames)
    host.is_polite = False
    host.timeline.advance(host.timeline.now + 8 * 21_000)
    assert len(host.frames) == count + 2
    assert host.adapter.session.refusal == "speaks protocol 2.0, this box 1.x"


def test_another_major_version_is_never_in_session(make_host):
    host = make_host()
    host.adapter.set(change(Switches(), {"protocol_major": 2}))
    host.connect()
    assert host.last(Hello).major == 2
    assert not host.adapter.session.is_on


def test_heartbeats_come_twice_a_second_unless_silenced(host):
    def beats() -> int:
        return sum(isinstance(frame, Heartbeat) for frame in host.frames)

    host.run_ms(2000)
    assert beats() == 4
    host.adapter.set(change(Switches(), {"silent": "1"}))
    host.run_ms(2000)
    assert beats() == 4
    assert host.adapter.session.is_on


def test_a_reset_starts_all_counters_anew(host):
    host.order(1, StartAudio(10))
    host.say(Audio(1, 900, bytes(160)))
    host.run_ms(5000)
    assert host.last(Heartbeat).dropped_blocks == 1
    host.adapter.session.reset()
    assert set(host.adapter.session.counters().values()) == {0}
    assert host.adapter.session.resets == 1
    host.events.clear()
    host.connect()
    host.run_ms(600)
    assert host.last(Heartbeat).sample < 8 * 700


def test_the_lifeline_lets_the_telephone_work_without_a_host(make_host):
    host = make_host()
    host.phone.lift()
    host.timeline.advance(8 * 2000)
    assert host.phone.state()["tone"]["name"] == "dial"
    doing = host.phone.dial("12", ToneDialling())
    host.timeline.advance(doing.end + 8 * 3000)
    assert host.line.state()["dialled"] == "12"
    assert host.line.state()["state"] == "ringback"
    host.phone.hang_up()
    host.timeline.advance(host.timeline.now + 8 * 2000)
    assert host.line.state()["state"] == "idle"
    host.line.ring("", "")
    host.timeline.advance(host.timeline.now + 8 * 100)
    assert host.phone.state()["ringing"]
    host.phone.lift()
    host.timeline.advance(host.timeline.now + 8 * 100)
    assert host.line.state()["state"] == "talking"
    assert not host.phone.state()["ringing"]


def test_the_relay_opens_only_when_its_telephone_is_on_hook(make_host):
    host = make_host()
    host.phone.lift()
    host.connect()
    host.timeline.advance(80)
    assert isinstance(host.order(0, SwitchLifeline(False)), Ack)
    assert host.line.state()["state"] == "dial-tone"
    host.phone.hang_up()
    host.timeline.advance(host.timeline.now + 80)
    host.phone.lift()
    host.timeline.advance(host.timeline.now + 80)
    assert host.reports(0)[-1] == LoopClosed()


def test_a_telephone_behind_the_relay_is_away_for_the_box(host):
    host.phone.lift()
    host.run_ms(50)
    assert isinstance(host.order(0, SwitchLifeline(True)), Ack)
    assert host.reports(0)[-1] == LoopOpened()
    host.order(0, StartAudio(10))
    assert isinstance(host.order(0, FeedLine(Feed.REVERSE)), Ack)
    assert isinstance(host.order(0, StartRinging((500, 500))), Ack)
    host.to_play[0] = b"\x00\x20" * 8000
    host.phone.dial("1", ToneDialling())
    host.run_ms(300)
    assert host.line.state()["dialled"] == "1"
    assert set(host.heard[0]) == {0}
    assert not host.phone.state()["ringing"] and host.phone.state()["polarity"] == "normal"
    host.order(0, StopRinging())
    host.order(0, SwitchLifeline(False))
    host.phone.hang_up()
    host.run_ms(50)
    assert host.phone.state()["polarity"] == "reversed", "the feed stays until changed"


def test_without_battery_no_hook_is_seen_and_what_changed_is_told_when_it_is_back(host):
    host.phone.lift()
    host.run_ms(50)
    host.order(0, FeedLine(Feed.OPEN))
    assert host.phone.state()["polarity"] == "open"
    host.run_ms(250)
    host.order(0, FeedLine(Feed.FORWARD))
    host.run_ms(50)
    assert host.phone.state()["battery_break_ms"] == 250
    assert host.reports(0)[1:] == [LoopClosed()], "the break itself is no hook change"
    host.order(0, FeedLine(Feed.OPEN))
    host.phone.hang_up()
    host.run_ms(100)
    assert host.reports(0)[1:] == [LoopClosed()]
    host.order(0, FeedLine(Feed.REVERSE))
    host.run_ms(50)
    assert host.reports(0)[1:] == [LoopClosed(), LoopOpened()]
