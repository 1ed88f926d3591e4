"""Whether an INVITE is sound enough to ring for. Reads its text; knows no SIP stack.

The engine's parser takes what it can make sense of; what is left of a message that breaks the rules is a call that
nobody can take, or that is not meant as one. Rules that RFC 3261 wants receivers to be generous about are not here.
"""

import ipaddress
import re

_BAD_REQUEST, _NOT_ACCEPTABLE = 400, 488

_REQUEST_LINE = re.compile(r"INVITE (?:sips?|tel):[^\s<>\"]+ SIP/2\.0")
_FIELD = re.compile(r"([A-Za-z0-9.!%*_+`'~-]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\r\n[ \t]+")  # RFC 3261 section 7.3.1
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_URI = re.compile(r"(?:<\s*)?[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\",]+")
_WRONG_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")  # RFC 3261 section 25.1: "%" HEXDIG HEXDIG
_NUMBER = re.compile(r"[0-9]{1,10}")
_COMPACT = {"f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}
_ONCE = ("from", "to", "call-id", "cseq", "contact")  # RFC 3261 sections 8.1.1 and 8.1.1.8
_AT_MOST_ONCE = ("max-forwards", "content-length", "content-type")
_HOPS_MAX = 255  # RFC 3261 section 20.22

_MEDIA_LINES_MAX = 16  # the engine's own room
_FORMATS_MAX = 128  # payload types have seven bits (RFC 3550 section 5.1)


def refusal(message: str) -> int | None:
    """The status an INVITE is to be answered with at once; None where it is sound."""
    head, separator, body = message.partition("\r\n\r\n")
    lines = _FOLD.sub(" ", head).split("\r\n")
    fields = _fields(lines[1:])
    if not separator or fields is None or not _REQUEST_LINE.fullmatch(lines[0]):
        return _BAD_REQUEST
    if _WRONG_ESCAPE.search(lines[0]) or not _are_counts_right(fields) or not _are_values_right(fields):
        return _BAD_REQUEST
    length = fields.get("content-length")
    if length and int(length[0]) > len(body.encode(errors="surrogateescape")):  # RFC 3261 section 18.3
        return _BAD_REQUEST
    if body.strip() and "content-type" not in fields:  # RFC 3261 section 20.15
        return _BAD_REQUEST
    return None if not body.strip() or _is_audio_usable(body) else _NOT_ACCEPTABLE


def has_body(message: str) -> bool:
    """Whether anything follows the head of a SIP message."""
    return bool(message.partition("\r\n\r\n")[2].strip())


def is_100rel_required(message: str) -> bool:
    """Whether provisional answers are to be acknowledged (RFC 3262)."""
    fields = _fields(_FOLD.sub(" ", message.partition("\r\n\r\n")[0]).split("\r\n")[1:]) or {}
    return any("100rel" in value.lower() for value in fields.get("require", ()))


def is_looked_up(sdp: str) -> bool:
    """Whether media addresses are names: the engine would wait for the name servers on the call thread."""
    return any(not _is_numeric(address) for address in _addresses(sdp))


def _fields(lines: list[str]) -> dict[str, list[str]] | None:
    """Header fields by their long names in small letters; None where a line is none."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        name = field[1].lower()
        fields.setdefault(_COMPACT.get(name, name), []).append(field[2].strip())
    return fields


def _are_counts_right(fields: dict[str, list[str]]) -> bool:
    once = all(len(fields.get(name, ())) == 1 for name in _ONCE)
    return once and all(len(fields.get(name, ())) <= 1 for name in _AT_MOST_ONCE)


def _are_values_right(fields: dict[str, list[str]]) -> bool:
    numbers = [value for name in ("max-forwards", "content-length") for value in fields.get(name, ())]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return False
    if any(int(hops) > _HOPS_MAX for hops in fields.get("max-forwards", ())):
        return False
    return bool(fields["call-id"][0]) and all(_is_address(fields[name][0]) for name in ("from", "to", "contact"))


def _is_address(value: str) -> bool:
    """One name-addr or addr-spec (RFC 3261 section 25.1), whatever its scheme."""
    bare = _QUOTED.sub("", value)
    uri = _URI.search(bare)
    return uri is not None and '"' not in bare and not _WRONG_ESCAPE.search(uri[0])


def _is_audio_usable(sdp: str) -> bool:
    media = [line.split() for line in _lines(sdp, "m=")]
    audio = [words for words in media if words[0] == "m=audio" and len(words) > 3]
    is_offered = any(words[1].partition("/")[0] not in ("0", "") for words in audio)
    is_short = len(media) <= _MEDIA_LINES_MAX and all(len(words) <= _FORMATS_MAX + 3 for words in media)
    return is_offered and is_short and any(_addresses(sdp)) and not is_looked_up(sdp)


def _addresses(sdp: str) -> list[str]:
    """Where media are to go, as c= (RFC 4566 section 5.7) and a=rtcp (RFC 3605) say."""
    lines = [line.split() for line in (*_lines(sdp, "c="), *_lines(sdp, "a=rtcp:"))]
    return [words[-1].partition("/")[0] for words in lines if len(words) > 2]


def _lines(sdp: str, start: str) -> list[str]:
    return [line for line in sdp.splitlines() if line.startswith(start)]


def _is_numeric(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
