"""Every frame that can be sent, for hypothesis."""

from hypothesis import strategies as st

from firmware.fxs.line import Feed, LineKind
from firmware.fxs.protocol import frames, orders, reports

_u8, _u16, _u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
_text = st.text(st.characters(categories=("L", "N", "P")), max_size=10)
_entries = st.builds(frames.LineEntry, st.sampled_from(LineKind), st.builds(frames.Capabilities, st.integers(0, 0x7F)))

any_order = st.one_of(
    st.builds(orders.StartRinging, st.lists(st.integers(1, 0xFFFF), min_size=1, max_size=16).map(tuple)),
    st.just(orders.StopRinging()),
    st.builds(orders.FeedLine, st.sampled_from(Feed)),
    st.just(orders.SeizeLine()),
    st.just(orders.ReleaseLine()),
    st.builds(orders.BreakLoop, _u16),
    st.builds(
        orders.PulseDial,
        st.integers(1, 255),
        st.integers(1, 255),
        _u16,
        st.lists(st.integers(1, 12), min_size=1, max_size=64).map(tuple),
    ),
    st.builds(orders.SwitchLifeline, st.booleans()),
    st.builds(orders.StartAudio, st.sampled_from((5, 10, 20)), st.integers(1, 16)),
    st.just(orders.StopAudio()),
)
any_report = st.one_of(
    st.just(reports.LoopClosed()),
    st.just(reports.LoopOpened()),
    st.just(reports.BurstStarted()),
    st.just(reports.BurstEnded()),
    st.builds(reports.PolarityReported, st.booleans()),
    st.builds(reports.CurrentReported, st.booleans()),
    st.builds(reports.FaultReported, _u8, _text),
    st.builds(reports.StateReported, st.builds(reports.LineFlags, st.integers(0, 0x3F))),
)
any_frame = st.one_of(
    st.builds(frames.Hello, _u32, _text, _text, _text, st.lists(_entries, max_size=16).map(tuple), st.just(1), _u8),
    st.builds(frames.HelloRequest, _u8, _u8),
    st.builds(frames.HostHello, _u32, _u8, _u8),
    st.builds(frames.Refuse, _text),
    st.builds(frames.Heartbeat, _u32, _u32, _u16, _u16, _u16),
    st.builds(frames.Request, _u16, _u8, any_order),
    st.builds(frames.Ack, _u16),
    st.builds(frames.Nak, _u16, _u8),
    st.builds(frames.Event, _u16, _u32, _u8, any_report),
    st.builds(frames.EventAck, _u16),
    st.builds(
        frames.Audio,
        _u8,
        _u16,
        st.sampled_from((80, 160, 320)).flatmap(lambda n: st.binary(min_size=n, max_size=n)),
        _u16,
    ),
)
