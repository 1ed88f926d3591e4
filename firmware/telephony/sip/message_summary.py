"""What a provider says of the messages in a mailbox (RFC 3842), as counts. Pure; knows no SIP stack."""

import re

from firmware.telephony.sip.headers import header

_EVENT = re.compile(r"message-summary[ \t]*(;|$)", re.IGNORECASE)
_VOICE = re.compile(r"^Voice-Message[ \t]*:[ \t]*([0-9]{1,9})[ \t]*/[ \t]*([0-9]{1,9})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^Messages-Waiting[ \t]*:[ \t]*(yes|no)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def waiting_of(message: str) -> tuple[int, int] | None:
    """(new, old) voice messages of a NOTIFY; None where it says nothing of them."""
    if not _EVENT.match(header(message, "Event", "o")):
        return None
    body = message.partition("\r\n\r\n")[2]
    counts, status = _VOICE.search(body), _STATUS.search(body)
    if counts is not None:
        return int(counts.group(1)), int(counts.group(2))
    # Section 5.2: the counts are optional, the status line is not. Somebody waits, nobody knows how many.
    return None if status is None else (int(status.group(1).lower() == "yes"), 0)
