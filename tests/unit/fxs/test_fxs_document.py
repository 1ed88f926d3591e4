"""docs/adapter-protocol.md, from which an adapter is built, says what the code does: each number of it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from firmware.fxs import adapter, device, hotplug, outbox, registry, streams, worker
from firmware.fxs.limits import FloodGuard
from firmware.fxs.line import Feed, LineKind
from firmware.fxs.numbering import LINES_PER_KIND_MAX
from firmware.fxs.protocol import frames, orders, reports, requests, wire
from firmware.fxs.protocol.frames import (
    Ack,
    Capabilities,
    Decoder,
    Event,
    EventAck,
    Frame,
    Heartbeat,
    Hello,
    HelloRequest,
    HostHello,
    LineEntry,
    Nak,
    NakCode,
    Request,
    encode,
)
from firmware.fxs.protocol.reports import LineFlags
from firmware.fxs.simulator import fxo_socket, line_audio, session

_FXS = Capabilities.REVERSAL | Capabilities.FEED_OPEN | Capabilities.ON_HOOK_AUDIO
_FXO = Capabilities.ON_HOOK_AUDIO | Capabilities.POLARITY_SENSE | Capabilities.CURRENT_SENSE | Capabilities.PULSE_DIAL
_EXAMPLE = (
    LineEntry(LineKind.FXS, _FXS | Capabilities.LIFELINE),
    LineEntry(LineKind.FXS, _FXS),
    LineEntry(LineKind.FXO, _FXO),
)
VECTORS: tuple[Frame, ...] = (
    Hello(0x5EED0001, "TL-201", "TL00012345", "1.0.3", _EXAMPLE),
    HostHello(0x5EED0001),
    HelloRequest(),
    Request(1, 0, orders.StartRinging((400, 200, 400, 2000))),
    Heartbeat(0x5EED0001, 81234, 0, 2, 0),
    Request(2, 0, orders.StartAudio(10, 2)),
    Ack(2),
    Nak(3, NakCode.WRONG_STATE),
    Event(1, 81000, 0, reports.StateReported(LineFlags.LIFELINE_CLOSED)),
    Event(4, 81234, 0, reports.LoopClosed()),
    EventAck(4),
)
NAMES = {
    "FEED": orders.FeedLine,
    "SEIZE": orders.SeizeLine,
    "RELEASE": orders.ReleaseLine,
    "FLASH": orders.BreakLoop,
    "LIFELINE": orders.SwitchLifeline,
    "POLARITY": reports.PolarityReported,
    "CURRENT": reports.CurrentReported,
    "FAULT": reports.FaultReported,
    "STATE": reports.StateReported,
}


@cache
def document() -> str:
    """The document, a paragraph a line."""
    text = (Path(__file__).parents[3] / "docs" / "adapter-protocol.md").read_text()
    return re.sub(r"\n *(?=[^\n |#])", " ", text)


def rows(head: str) -> Iterator[list[str]]:
    """The cells of the table below the row that begins so."""
    _, found, table = document().partition(f"\n| {head} |")
    assert found, head
    for line in table.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def test_types_orders_and_events_have_the_numbers_of_the_document() -> None:
    assert {int(row[0], 16): camel(row[1]) for row in rows("type")} == {
        kind.TYPE: kind.__name__ for kind in frames.Frame.__args__
    }
    for head, known in (("order", orders.ORDERS), ("kind", reports.REPORTS)):
        told = {int(row[0]): row[1] for row in rows(head)}
        assert {code: NAMES.get(name, camel(name)) for code, name in told.items()} == {
            code: kind if kind in NAMES.values() else kind.__name__
            for code, kind in known.items()  # type: ignore[attr-defined]
        }


def test_bits_and_codes_are_those_of_the_document() -> None:
    assert [1 << int(row[0]) for row in rows("bit")] == [int(bit) for bit in Capabilities]
    assert [int(row[0]) for row in rows("NAK")] == [int(code) for code in NakCode]
    flags = document().partition("STATE flags: bit ")[2].partition(".")[0]
    assert [1 << int(bit) for bit in re.findall(r"(?:^|, )(\d) ", flags)] == [int(flag) for flag in LineFlags]
    feeds = {int(code): name for code, name in re.findall(r"`(\d)` (forward|reverse|open)\b", document())[:3]}
    assert feeds == {feed.value: feed.name.lower() for feed in Feed}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Adapter protocol, version %s", f"{frames.VERSION_MAJOR}.{frames.VERSION_MINOR}"),
        ("`text` is a `u8` length (at most %s)", wire.TEXT_MAX_BYTES),
        ("USB vendor and product, %s", ":".join(*hotplug.ADAPTER_USB_IDS)),
        ("`%s=1`", hotplug.ADAPTER_PROPERTY),
        ("a host that has %s KiB waiting", device.WRITE_MAX >> 10),
        ("Type to CRC is at most %s bytes", frames.MAX_FRAME_BYTES),
        ("A receiver holds at most %s undelimited bytes", frames.MAX_ENCODED_BYTES),
        ("then `count` (at most %s) times", frames.LINES_MAX),
        ("numbers for %s telephones", LINES_PER_KIND_MAX),
        ("as soon as DTR is set, and every %s ms", session._HELLO_MS),
        ("and every %s s as long as it knows of no HELLO", adapter.HELLO_REQUEST_S),
        ("it waits up to %s s for the adapters", registry.ORDER_PATIENCE_S),
        ("asks again no sooner than %s s later", worker.REFUSED_S),
        ("sends HELLO every %s s, until", session._HELLO_REFUSED_MS / 1000),
        ("Not answered within %s ms", outbox.RETRY_S * 1000),
        ("with the same number, at most %s times", outbox.RETRIES_MAX),
        ("`count` times `ms u16` (1..%s of them", orders.CADENCE_MAX),
        ("`ms u16` (1..%s)", fxo_socket._BREAK_MAX_MS),
        ("`count` (1..%s) times `breaks u8`", orders.PULSE_DIGITS_MAX),
        ("times `breaks u8` (1..%s)", orders.BREAKS_MAX),
        ("`block_ms u8` (%s)", "{}, {} or {}".format(*orders.BLOCKS_MS)),
        ("`prime_blocks u8` (1..%s)", orders.PRIME_BLOCKS_MAX),
        ("with this order more than %s digits", orders.PULSE_DIGITS_MAX),
        ("when %s ms have passed since it last sent the oldest", session._RESEND_MS),
        ("It keeps at most %s; should more", session._EVENTS_MAX),
        ("sends HEARTBEAT every %s ms in a session", adapter.HEARTBEAT_S * 1000),
        ("After %s s without, the other side is silent", adapter.SILENT_S),
        ("a gap of up to %s blocks", streams.AUDIO_GAP_MAX),
        ("`prime_blocks + %s` above", line_audio._AHEAD_OVER_PRIME),
        ("while this one was sampled; 0x%s", f"{frames.NONE_PLAYED:X}"),
    ],
)
def test_every_limit_and_time_is_that_of_the_document(words: str, value: object) -> None:
    number = f"{value:g}" if isinstance(value, float) else str(value)
    assert words % number in document()


def test_both_ends_agree_on_how_often_they_beat_and_when_the_other_is_silent() -> None:
    assert session._HEARTBEAT_MS == adapter.HEARTBEAT_S * 1000
    assert session._SILENCE == adapter.SILENT_S * 8000


def test_what_is_too_much_is_what_the_document_says() -> None:
    """So much at once, and so much a second after it; one more is refused."""
    kinds = ("new events", "frames", "bytes", "bad frames")
    numbers = r"more than ([\d,]+) new events, ([\d,]+) frames, ([\d,]+) bytes or ([\d,]+) bad frames a second"
    at_once = r"bears ([\d,]+) events, ([\d,]+) frames, ([\d,]+) bytes and ([\d,]+) bad frames at once"
    for kind, *told in zip(kinds, *(re.search(text, document()).groups() for text in (numbers, at_once)), strict=True):  # type: ignore[union-attr]
        per_s, burst = (int(number.replace(",", "")) for number in told)
        guard = FloodGuard()

        def is_fine(count: int, now: float, kind: str = kind, guard: FloodGuard = guard) -> bool:
            if kind == "new events":
                return [guard.check_event(now) for _ in range(count)][-1] == ""
            index = ("bytes", "frames", "bad frames").index(kind)
            return guard.check(now, *(count if place == index else 0 for place in range(3))) == ""

        assert is_fine(burst, 0.0) and is_fine(per_s, 1.0) and not is_fine(1, 1.0), kind


def test_the_vectors_of_the_document_are_what_is_sent_and_understood() -> None:
    told = [bytes.fromhex(row[1].strip("`")) for row in rows("frame")]
    assert told == [encode(frame) for frame in VECTORS]
    assert [frame for raw in told for frame in Decoder().feed(raw)] == list(VECTORS)


def test_the_words_of_a_refused_order_exist_for_every_code() -> None:
    assert set(outbox._NAK_WORDS) == set(requests.NakCode)
