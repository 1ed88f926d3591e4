"""What is said of a connection that failed."""

import pytest

from firmware.telephony.sip.connection_words import Certificate, certificate_words, failure_words

UNTRUSTED, VALIDITY, REVOKED, IDENTITY = 1 << 1, 1 << 2, 1 << 7, 1 << 30


def words(flaws: int, *names: str, now_s: float = 150) -> str:
    return certificate_words(Certificate(flaws, names, valid_from_s=100, valid_until_s=200), now_s)


@pytest.mark.parametrize(
    ("flaws", "now_s", "said"),
    [
        (UNTRUSTED, 150, "the server's certificate is not vouched for by an authority that is trusted"),
        (VALIDITY, 250, "the server's certificate has expired"),
        (VALIDITY, 50, "the server's certificate is not yet valid (is this box's clock right?)"),
        (IDENTITY, 150, "the server's certificate is made out to a.test, which is not the name expected"),
        (REVOKED | VALIDITY, 250, "the server's certificate is revoked and has expired"),
        (1 << 20, 150, "the server's certificate could not be checked"),
    ],
)
def test_a_flaw_is_said_in_words(flaws: int, now_s: float, said: str) -> None:
    assert words(flaws, "a.test", now_s=now_s) == said


def test_many_and_odd_names_stay_short() -> None:
    assert "a0.test, a1.test, a2.test, ..., which" in words(IDENTITY, *(f"a{number}.test" for number in range(500)))
    assert "made out to nobody" in words(IDENTITY, "evil\nname")
    assert len(words(IDENTITY, "x" * 10_000)) < 200


def test_errors_are_said_in_plain_words_or_as_they_are() -> None:
    assert failure_words("tlsv1 alert protocol version") == "the server offers no TLS 1.2 or newer"
    assert failure_words("End of file (PJ_EEOF)") == "the far end closed the connection"
    assert failure_words("Connection refused") == "Connection refused"
    assert failure_words("") == "the far end closed the connection"
