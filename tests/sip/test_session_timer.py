"""Session timers (RFC 4028): what the box offers, what it refuses, and that it refreshes when that is its part."""

from pathlib import Path

from tests.support.registrar import Message
from tests.support.sipp import SCENARIOS, Sipp
from tests.support.site import BOB, BOX, Site
from tests.support.waiting import until

BUSY_NUMBER = "5559486"
MIN_S = 90  # RFC 4028 section 4: the least that may be asked for

_UPDATE = """  <recv request="UPDATE" timeout="60000"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Require: timer
Session-Expires: 90;refresher=uac
Content-Length: 0

  ]]></send>
  <recv request="BYE"/>"""


def invited(site: Site, session_timer: str) -> Message:
    """The INVITE of a trunk that is set like this."""
    site.register(session_timer=session_timer)
    seen = len(site.registrar.requests("INVITE", site.address))
    phone = site.box.phone(1)
    phone.lift_and_dial(BUSY_NUMBER)
    until(lambda: len(site.registrar.requests("INVITE", site.address)) > seen, 10, "an INVITE")
    phone.hang_up()
    site.box.wait_line("fxs1", "on-hook")  # sooner lifted it would be a hook flash
    return site.registrar.requests("INVITE", site.address)[-1]


def test_a_session_timer_is_offered_as_the_trunk_is_set(site: Site) -> None:
    supported = invited(site, "supported")
    assert "timer" in supported.header("Supported") and "timer" not in supported.header("Require")
    assert int(supported.header("Min-SE")) >= MIN_S
    assert int(supported.header("Session-Expires").partition(";")[0]) >= MIN_S
    assert "timer" in invited(site, "required").header("Require")
    off = invited(site, "off")
    assert "timer" not in off.header("Supported") + off.header("Require")
    assert off.header("Session-Expires") == ""


def test_an_interval_that_is_too_short_is_refused_with_the_least_one(site: Site, tmp_path: Path) -> None:
    site.register()
    place = site.registrar.requests("REGISTER", site.address)[-1].source
    text = (SCENARIOS / "call.xml").read_text()
    text = text.replace("Max-Forwards: 70\n", "Max-Forwards: 70\nSupported: timer\nSession-Expires: 30\n", 1)
    scenario = tmp_path / "short.xml"
    scenario.write_text(text)
    server = Sipp(tmp_path / "server", scenario, target=place, service=BOX)
    site.use_peer(server.place)
    with server:
        outcome = server.outcome(20)
    assert outcome.failed == 1 and "SIP/2.0 422" in outcome.errors
    assert f"Min-SE: {MIN_S}" in outcome.errors
    for number in (1, 2):
        assert not site.box.phone(number).state["ringing"]
    site.box.wait_idle()


def test_the_box_refreshes_a_session_when_that_is_its_part(site: Site, tmp_path: Path) -> None:
    text = (SCENARIOS / "answer.xml").read_text()
    head, _, rest = text.rpartition("Content-Type: application/sdp")
    timer = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\nRequire: timer\nSession-Expires: 90;refresher=uac\n"
    scenario = tmp_path / "refreshed.xml"
    text = f"{head}{timer}Content-Type: application/sdp{rest}"
    scenario.write_text(text.replace('  <recv request="BYE"/>', _UPDATE))
    phone = site.box.phone(1)
    with Sipp(tmp_path / "server", scenario, time_out_s=80) as server:
        site.use_peer(server.place)
        phone.lift_and_dial(BOB)
        site.box.wait_line("fxs1", "talking")
        # RFC 4028 section 10: half the interval after the answer.
        until(lambda: "\nUPDATE sip:" in server.messages(), MIN_S / 2 + 8, "the refresh")
        until(lambda: server.messages().count("refresher=uac") >= 3, 5, "the answer to it")
        assert site.box.line("fxs1")["state"] == "talking"
        phone.hang_up()
        outcome = server.outcome(10)
        assert (outcome.successful, outcome.failed) == (1, 0), outcome.errors
    site.box.wait_idle()
