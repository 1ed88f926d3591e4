"""A far end that answers an INVITE bit by bit, as it is told: 180, 183, with SDP or without, with sound or without."""

import itertools
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.support.box import Phone
from tests.support.network import loopback_address
from tests.support.rtp import RtpEnd
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, TALK_S, WINDOW_S
from tests.support.sound import Samples, fingerprint, level_at, likeness
from tests.support.waiting import until

FAR_SAYS = fingerprint(91, 5.0)
RINGBACK_HZ = (440, 480)

_SDP = """\
v=0
o=sipp 1 1 IN IP4 @rtp_address@
s=-
c=IN IP4 @rtp_address@
t=0 0
m=audio @rtp_port@ RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
"""
_HEADERS = """\
Via:[$via]
[last_From:]
To:[$to];tag=[pid]far[call_number]
[last_Call-ID:]
CSeq: [$cseq] INVITE
Contact: <sip:far@[local_ip]:[local_port]>
"""
_INVITE = """
  <recv request="INVITE">
    <action>
      <ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>
      <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
    </action>
  </recv>
"""
_NUDGE = '  <recv request="MESSAGE"/>\n'
_END = """
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
"""


class FarEnd:
    """Answers an INVITE with one response after the other, each when it is told to; its RTP is a socket here."""

    def __init__(self, sipp: Sipp, rtp: RtpEnd) -> None:
        self.sipp = sipp
        self.rtp = rtp
        self._numbers = itertools.count(1)

    def is_called(self) -> bool:
        return re.search(r"^m=audio \d+", self.sipp.messages(), re.MULTILINE) is not None

    def go_on(self) -> None:
        """Send the next response: the script waits for a request that belongs to the call."""
        call_id = self._of_the_invite(r"^Call-ID:\s*(\S+)")
        lines = ["MESSAGE sip:far SIP/2.0", f"Via: SIP/2.0/UDP {self.rtp.address}", "From: <sip:test>;tag=1"]
        lines += [
            "To: <sip:far>",
            f"Call-ID: {call_id}",
            f"CSeq: {next(self._numbers)} MESSAGE",
            "Content-Length: 0",
            "",
            "",
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((loopback_address(), 0))
            sender.sendto("\r\n".join(lines).encode(), (self.sipp.address, self.sipp.port))

    def speak(self) -> None:
        """Begin to send RTP to where the offer says."""
        address, port = self._of_the_invite(r"^c=IN IP4 (\S+)"), self._of_the_invite(r"^m=audio (\d+)")
        self.rtp.target = (address, int(port))

    def has_sent(self, status: int) -> bool:
        return f"SIP/2.0 {status} " in self.sipp.messages()

    def _of_the_invite(self, pattern: str) -> str:
        found = re.search(pattern, self.sipp.messages(), re.MULTILINE | re.IGNORECASE)
        assert found, f"no {pattern} in an INVITE"
        return found.group(1)


class Served(Protocol):
    """What has a trunk that can be led to the far end."""

    def use_peer(self, place: str) -> object: ...


@contextmanager
def far_end(site: Served, folder: Path, *responses: str) -> Iterator[FarEnd]:
    """Behind a trunk without a registrar; a response with "+" has SDP, with "~" it comes from another telephone
    to which the call was forked."""
    script = folder / "early.xml"
    steps = [_NUDGE + _response(response) for response in responses]
    script.write_text(f'<?xml version="1.0"?>\n<scenario name="early">{_INVITE}{"".join(steps)}{_END}</scenario>\n')
    with RtpEnd(FAR_SAYS) as rtp:
        keys = {"rtp_address": rtp.address, "rtp_port": str(rtp.port)}
        with Sipp(folder / "sipp", script, keys=keys, time_out_s=60) as sipp:
            site.use_peer(sipp.place)
            yield FarEnd(sipp, rtp)


def _response(response: str) -> str:
    status = response.rstrip("+~")
    kind = "Content-Type: application/sdp\n" if "+" in response else ""
    headers = _HEADERS.replace("far[", "other[") if "~" in response else _HEADERS
    length = f"{kind}Content-Length: {'[len]' if kind else 0}\n\n{_SDP if kind else ''}"
    return f"  <send><![CDATA[\nSIP/2.0 {status}\n{headers}{length}\n  ]]></send>\n"


def hears(phone: Phone, said: Samples, folder: Path) -> Samples:
    """Until the telephone hears it; returns what it heard then."""
    heard: list[Samples] = []

    def is_heard() -> bool:
        heard.append(phone.record(1.0, folder))
        return likeness(said, heard[-1], window_s=WINDOW_S).correlation > ALIKE

    until(is_heard, TALK_S, "the telephone hears the far end")
    return heard[-1]


def ringback_in(samples: Samples) -> float:
    return sum(level_at(samples, hz) for hz in RINGBACK_HZ)
