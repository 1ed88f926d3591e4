"""What is said before the answer is heard; ringback is ours only as long as the far end says nothing itself."""

import itertools
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.box import Phone
from tests.support.network import loopback_address
from tests.support.rtp import RtpEnd
from tests.support.sipp import Sipp
from tests.support.site import ALIKE, BOB, TALK_S, WINDOW_S, Site
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


@contextmanager
def far_end(site: Site, folder: Path, *responses: str) -> Iterator[FarEnd]:
    """Behind a trunk without a registrar; a response with "+" has SDP."""
    script = folder / "early.xml"
    steps = [_NUDGE + _response(response) for response in responses]
    script.write_text(f'<?xml version="1.0"?>\n<scenario name="early">{_INVITE}{"".join(steps)}{_END}</scenario>\n')
    with RtpEnd(FAR_SAYS) as rtp:
        keys = {"rtp_address": rtp.address, "rtp_port": str(rtp.port)}
        with Sipp(folder / "sipp", script, keys=keys, time_out_s=60) as sipp:
            site.use_peer(sipp.place)
            yield FarEnd(sipp, rtp)


def _response(response: str) -> str:
    status = response.removesuffix("+")
    kind = "Content-Type: application/sdp\n" if status != response else ""
    length = f"{kind}Content-Length: {'[len]' if kind else 0}\n\n{_SDP if kind else ''}"
    return f"  <send><![CDATA[\nSIP/2.0 {status}\n{_HEADERS}{length}\n  ]]></send>\n"


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


def test_ringback_gives_way_to_what_is_said_before_the_answer(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "180 Ringing", "183 Session Progress+", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        phone.wait_tone("ringback")
        far.go_on()
        far.speak()
        heard = hears(phone, FAR_SAYS, tmp_path)
        assert ringback_in(phone.record(2.5, tmp_path)) < 0.2, "ringback beside it"
        assert likeness(FAR_SAYS, heard, window_s=WINDOW_S).correlation > ALIKE
        assert not far.has_sent(200)
        assert site.box.line("fxs1")["state"] == "calling"
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        said = fingerprint(92, 2.0)
        phone.play(said, tmp_path)
        until(lambda: likeness(said, far.rtp.heard(), window_s=WINDOW_S).correlation > ALIKE, 5, "the far end hears")
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


def test_a_180_after_early_media_brings_no_ringback(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "183 Session Progress+", "180 Ringing", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        far.speak()
        hears(phone, FAR_SAYS, tmp_path)
        far.go_on()
        until(lambda: far.has_sent(180), 5, "the 180")
        assert ringback_in(phone.record(6.0, tmp_path)) < 0.1  # a whole period of ringback
        hears(phone, FAR_SAYS, tmp_path)
        far.go_on()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0


def test_a_183_without_sdp_leaves_ringback_alone(site: Site, tmp_path: Path) -> None:
    phone = site.box.phone(1)
    with far_end(site, tmp_path, "180 Ringing", "183 Session Progress", "200 OK+") as far:
        phone.lift_and_dial(BOB)
        until(far.is_called, 5, "the INVITE")
        far.go_on()
        phone.wait_tone("ringback")
        far.go_on()
        until(lambda: far.has_sent(183), 5, "the 183")
        phone.wait_tone("ringback")
        far.go_on()
        far.speak()
        site.box.wait_line("fxs1", "talking")
        hears(phone, FAR_SAYS, tmp_path)
        phone.hang_up()
        assert far.sipp.outcome().exit_code == 0
