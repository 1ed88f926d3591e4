"""What lamps and message lights of IP telephones show, as the documents that Kamailio hands on. Pure."""

import re
from dataclasses import dataclass
from enum import Enum

_STATUS = re.compile(r"^SIP/2\.0 ([0-9]{3}) ")
_CSEQ = re.compile(r"^CSeq:\s*([0-9]+)", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"^SIP-ETag:\s*([A-Za-z0-9._-]{1,100})\s*$", re.IGNORECASE | re.MULTILINE)
COUNT_MAX = 9999
EXPIRES_S = 86400
END_EXPIRES_S = 60  # long enough to be told; who asks later is told the same where there is nothing


class Lamp(Enum):
    """RFC 4235 section 3.7.1's states, as a lamp shows them."""

    FREE = "terminated"
    RINGING = "early"
    BUSY = "confirmed"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to publish about an extension: RFC 3903 wants to know package and type. `is_end`: nothing follows
    on it, the next one begins anew."""

    extension: str
    event: str
    content_type: str
    body: str
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class PublishAnswer:
    """What became of a PUBLISH."""

    number: int
    status: int
    tag: str


def lamp_document(extension: str, realm: str, lamp: Lamp) -> Document:
    """RFC 4235 section 4. Kamailio takes no change of a dialog that is terminated: it is the end of that one."""
    direction = ' direction="recipient"' if lamp is Lamp.RINGING else ""
    body = (
        '<?xml version="1.0"?>\r\n'
        '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="00000000000" state="full" '
        f'entity="sip:{extension}@{realm}">\r\n'
        f'<dialog id="{extension}"{direction}><state>{lamp.value}</state></dialog>\r\n'
        "</dialog-info>\r\n"
    )
    return Document(extension, "dialog", "application/dialog-info+xml", body, is_end=lamp is Lamp.FREE)


def messages_document(extension: str, realm: str, new: int, old: int) -> Document:
    """RFC 3842 section 5.2."""
    fresh, heard = max(0, min(new, COUNT_MAX)), max(0, min(old, COUNT_MAX))
    body = (
        f"Messages-Waiting: {'yes' if fresh else 'no'}\r\n"
        f"Message-Account: sip:{extension}@{realm}\r\n"
        f"Voice-Message: {fresh}/{heard} (0/0)\r\n"
    )
    return Document(extension, "message-summary", "application/simple-message-summary", body)


def publish_request(
    document: Document, *, realm: str, token: str, port: int, own_port: int, number: int, tag: str
) -> bytes:
    """RFC 3903 section 4: a PUBLISH to Kamailio at 127.0.0.1:`port`; `tag` is that of what it replaces, or ""."""
    address = f"sip:{document.extension}@{realm}"
    name = f"{document.event}-{document.extension}"
    lines = [
        f"PUBLISH {address} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{own_port};branch=z9hG4bK{number}{name}",
        f"From: <{address}>;tag={name}",
        f"To: <{address}>",
        f"Call-ID: {name}-{number}",
        f"CSeq: {number} PUBLISH",
        "Max-Forwards: 10",
        f"Event: {document.event}",
        f"Expires: {END_EXPIRES_S if document.is_end else EXPIRES_S}",
        *([f"SIP-If-Match: {tag}"] if tag else []),
        f"X-Twinline-Token: {token}",
        f"Content-Type: {document.content_type}",
        f"Content-Length: {len(document.body.encode())}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + document.body).encode()


def publish_answer(text: str) -> PublishAnswer | None:
    """A final answer of Kamailio, None for anything else. To whom it belongs says its CSeq."""
    status, number, tag = _STATUS.search(text), _CSEQ.search(text), _TAG.search(text)
    if status is None or number is None or int(status.group(1)) < 200:
        return None
    return PublishAnswer(int(number.group(1)), int(status.group(1)), tag.group(1) if tag else "")
