"""What a provider's NOTIFY says of waiting messages, as RFC 3842 writes it and as others do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.telephony.sip.message_summary import waiting_of


def notify(body: str, event: str = "Event: message-summary") -> str:
    return f"NOTIFY sip:box@192.0.2.1 SIP/2.0\r\n{event}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ("Messages-Waiting: yes\r\nVoice-Message: 4/8 (1/2)\r\n", (4, 8)),
        ("Messages-Waiting: yes\r\nMessage-Account: sip:a@b\r\nFax-Message: 9/9\r\nVoice-Message: 2/0", (2, 0)),
        ("messages-waiting:yes\r\nvoice-message:1/2\r\n", (1, 2)),
        ("Messages-Waiting : yes\r\nVoice-Message : 1 / 2\r\n", (1, 2)),
        ("Messages-Waiting: yes\r\n", (1, 0)),
        ("Messages-Waiting: no\r\n", (0, 0)),
        ("Messages-Waiting: no\nVoice-Message: 0/3\n", (0, 3)),
        ("Messages-Waiting: maybe\r\n", None),
        ("Voice-Message: -1/2\r\n", None),
        ("Voice-Message: 9999999999999/2\r\n", None),
        ("", None),
    ],
)
def test_counts_are_read(body: str, counts: tuple[int, int] | None) -> None:
    assert waiting_of(notify(body)) == counts


@pytest.mark.parametrize(
    ("event", "is_read"),
    [("Event: message-summary;id=1", True), ("o: message-summary", True), ("Event: dialog", False), ("X: y", False)],
)
def test_only_the_event_of_messages_counts(event: str, is_read: bool) -> None:
    assert (waiting_of(notify("Messages-Waiting: yes\r\n", event)) is not None) is is_read


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    waiting_of(text)
    waiting_of(notify(text))
