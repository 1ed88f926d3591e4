"""Why a connection to a server failed, in words for the page and the log. Pure; knows no SIP stack."""

from collections.abc import Sequence
from dataclasses import dataclass

# Bits of pj_ssl_cert_verify_flag_t, in the order in which they are told.
_EXPIRY, _IDENTITY = 1 << 2, 1 << 30
_FLAWS = (
    (1 << 7, "is revoked"),
    ((1 << 0) | (1 << 1) | (1 << 5) | (1 << 8), "is not vouched for by an authority that is trusted"),
    (1 << 3, "cannot be read"),
    (1 << 4, "is not meant for servers"),
    (1 << 6, "could not be checked for being revoked"),
    (1 << 9, "is signed by too weak a method"),
)
_SEEN = {
    "protocol version": "the server offers no TLS 1.2 or newer",
    "unsupported protocol": "the server offers no TLS 1.2 or newer",
    "wrong version number": "the server speaks no TLS on this port",
    "handshake failure": "the server and this box have no TLS cipher in common",
    "PJ_ETIMEDOUT": "the server accepts the connection but does not answer in TLS",
    "PJ_EEOF": "the far end closed the connection",
}
_NAMES_CAP = 3  # certificates of big providers bear hundreds
_NAME_CAP = 64


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is wrong with a server's certificate (`flaws`: pjlib's bits), for whom and until when it is."""

    flaws: int
    names: Sequence[str]
    valid_from_s: int
    valid_until_s: int


def certificate_words(certificate: Certificate, now_s: float) -> str:
    """What is wrong with the certificate; `now_s` is wall time. The name that was expected is not known here."""
    flaws = [words for bit, words in _FLAWS if certificate.flaws & bit]
    if certificate.flaws & _EXPIRY:
        is_early = now_s < certificate.valid_from_s
        flaws.append("is not yet valid (is this box's clock right?)" if is_early else "has expired")
    if certificate.flaws & _IDENTITY:
        names = [name[:_NAME_CAP] for name in certificate.names if name.isprintable()]
        shown = ", ".join(names[:_NAMES_CAP]) + (", ..." if len(names) > _NAMES_CAP else "")
        flaws.append(f"is made out to {shown or 'nobody'}, which is not the name expected")
    return f"the server's certificate {' and '.join(flaws) or 'could not be checked'}"


def failure_words(text: str) -> str:
    """The engine's text of an error, in plainer words where there are any."""
    for part, words in _SEEN.items():
        if part in text:
            return words
    return text or "the far end closed the connection"
