"""What Kamailio says to us and what we say to it, as text."""

from firmware.registrar.addresses import own_addresses
from firmware.registrar.lines import ContactsChanged, SecurityEvent, device_of, read_line
from firmware.registrar.presence import Lamp, lamp_document, messages_document, publish_answer, publish_request

KEY = "c0ffee"
PREFIX = " 3(123) ERROR: <script>: "


def test_a_security_event_is_read_and_told_in_a_form_that_is_kept() -> None:
    event = read_line(f"{PREFIX}{KEY} security guessing 192.0.2.9 udp\n", KEY)
    assert isinstance(event, SecurityEvent)
    assert event.line == "security event guessing from 192.0.2.9: too many wrong passwords: shut out (udp)"
    assert (event.kind, event.source) == ("guessing", "192.0.2.9")


def test_a_change_of_contacts_is_read() -> None:
    assert read_line(f"{PREFIX}{KEY} contact 201", KEY) == ContactsChanged("201")


def test_lines_that_outsiders_could_have_put_there_mean_nothing() -> None:
    for line in (
        "ERROR: security guessing 192.0.2.9 udp",
        f"{PREFIX}{KEY} security guessing 192.0.2.9 udp; and more",
        f"{PREFIX}{KEY} security unheard-of 192.0.2.9 udp",
        f"{PREFIX}{KEY} security flood evil.example udp",
        f"{PREFIX}{KEY} contact 201 202",
        f"{PREFIX}{KEY} contact ",
        "",
    ):
        assert read_line(line, KEY) is None


def test_where_a_telephone_is() -> None:
    contact = {"Socket": "udp:192.0.2.1:5060", "Received": "sip:192.0.2.7:40000", "Address": "sip:201@10.0.0.1:5060"}
    assert device_of({"AoR": "201", "Contacts": [{"Contact": contact}]}) == ("192.0.2.1", "192.0.2.7:40000")
    contact["Received"] = "[not set]"
    assert device_of({"Contacts": [{"Contact": contact}]}) == ("192.0.2.1", "10.0.0.1:5060")
    assert device_of({"Contacts": [{"Contact": {}}]}) == ("", "")
    assert device_of(None) is device_of({"Contacts": []}) is None


def test_own_addresses_are_those_of_the_kernel_without_loopback() -> None:
    trie = (
        "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.0.2.255\n"
        "        /32 link BROADCAST\n     |-- 192.0.2.17\n        /32 host LOCAL\n     |-- 192.0.2.5\n"
        "        /32 host LOCAL\n     |-- 169.254.1.1\n        /32 host LOCAL\n"
    )
    assert own_addresses(trie) == ("192.0.2.5", "192.0.2.17")


def test_a_lamp_is_a_dialog_document() -> None:
    document = lamp_document("201", "twinline", Lamp.RINGING)
    assert document.event == "dialog" and 'direction="recipient"><state>early</state>' in document.body
    assert 'entity="sip:201@twinline"' in document.body


def test_messages_are_counted_within_bounds() -> None:
    assert "Messages-Waiting: yes\r\n" in messages_document("201", "twinline", 2, 1).body
    assert "Voice-Message: 0/9999 " in messages_document("201", "twinline", -1, 10**9).body


def test_publish_replaces_what_was_said_before() -> None:
    document = lamp_document("201", "twinline", Lamp.BUSY)
    sent = publish_request(document, realm="twinline", token="t", port=1, own_port=2, number=7, tag="a.1").decode()
    assert "\r\nSIP-If-Match: a.1\r\n" in sent and f"\r\nContent-Length: {len(document.body)}\r\n" in sent
    answer = publish_answer("SIP/2.0 200 OK\r\nCSeq: 7 PUBLISH\r\nSIP-ETag: a.2\r\n\r\n")
    assert answer is not None and (answer.number, answer.status, answer.tag) == (7, 200, "a.2")
    assert publish_answer("SIP/2.0 100 Trying\r\nCSeq: 7 PUBLISH\r\n\r\n") is None
    assert publish_answer("nonsense") is None
