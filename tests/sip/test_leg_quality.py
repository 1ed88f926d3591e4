"""What a SIP call received is known while it lives and after it: through hold, with loss, on the real engine."""

import json
import subprocess
import sys
from pathlib import Path

from firmware.telephony.sip.quality import RtpFigures, leg_quality

ROOT = Path(__file__).parents[2]
TONE_HZ, PACKETS = 1000, 150  # 3 s of 20 ms
# The engine calls itself over loopback. In a process of its own: a process has one engine.
SCRIPT = """
import dataclasses, json, sys, time
import pjsua2 as pj
from firmware.telephony.sip.call import SipCall, call_param

endpoint, config = pj.Endpoint(), pj.EpConfig()
config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
config.logConfig.level = config.logConfig.consoleLevel = 0
config.medConfig.rxDropPct, config.medConfig.noVad = int(sys.argv[1]), True
endpoint.libCreate()
endpoint.libInit(config)
place = pj.TransportConfig()
place.boundAddress = "127.0.0.1"
transport = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, place)
port = endpoint.transportGetInfo(transport).localName.rpartition(":")[2]
endpoint.audDevManager().setNullDev()
endpoint.libStart()
for codec in endpoint.codecEnum2():
    endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
called, ended = [], []


class Account(pj.Account):
    def onIncomingCall(self, prm):
        called.append(SipCall(self, lambda event: None, prm.callId))
        answer = call_param()
        answer.statusCode = 200
        called[0].answer(answer)


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        endpoint.libHandleEvents(10)


def received(call):
    figures = call.rtp_figures()
    return 0 if figures is None else figures.received


account, settings = Account(), pj.AccountConfig()
settings.idUri, settings.sipConfig.transportId = "sip:a@127.0.0.1", transport
settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
account.create(settings)
call = SipCall(account, lambda event: event.kind == "ended" and ended.append(event), None)
said = [call.rtp_figures()]
call.makeCall(f"sip:b@127.0.0.1:{port}", call_param())
until(lambda: called and called[0].audio and call.audio)
tone, spectrum = pj.ToneGenerator(), pj.ToneDesc()
tone.createToneGenerator(8000)
spectrum.freq1, spectrum.on_msec, spectrum.off_msec = TONE_HZ, 1000, 0
tone.play(pj.ToneDescVector([spectrum]), True)
tone.startTransmit(called[0].audio)
until(lambda: received(call) >= PACKETS)
said.append(call.rtp_figures())
call.setHold(call_param())
until(lambda: call.audio is None)
said.append(call.rtp_figures())
back = call_param()
back.opt.flag = pj.PJSUA_CALL_UNHOLD
call.reinvite(back)
until(lambda: call.audio is not None and called[0].audio is not None)
tone.startTransmit(called[0].audio)
until(lambda: received(call) >= said[2].received + PACKETS)
call.hangup(pj.CallOpParam())
until(lambda: ended)
said.append(call.rtp_figures())
print(json.dumps([figures and dataclasses.asdict(figures) for figures in said]), flush=True)
del tone, call
called.clear()
endpoint.libDestroy()
"""


def figures_of_a_call(loss_percent: int) -> list[RtpFigures | None]:
    """Before the media, before the hold, during it, and when the call is over."""
    script = f"TONE_HZ, PACKETS = {TONE_HZ}, {PACKETS}\n{SCRIPT}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(loss_percent)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return [found and RtpFigures(**found) for found in json.loads(done.stdout.splitlines()[-1])]


def test_streams_of_a_call_add_up_through_a_hold_and_are_known_after_it() -> None:
    nothing, talked, held, over = figures_of_a_call(0)
    assert nothing is None
    assert talked and held and over
    assert talked.received >= PACKETS
    assert held.received >= talked.received
    assert over.received >= held.received + PACKETS
    assert over.lost == 0
    quality = leg_quality(over)
    assert (quality.codec, quality.loss_percent) == ("PCMA", 0)
    assert quality.jitter_ms is not None
    assert quality.mos is not None
    assert quality.mos > 3.5  # a shared machine drops a late packet now and then


def test_packets_that_are_lost_on_the_way_are_counted_and_heard() -> None:
    over = figures_of_a_call(10)[-1]
    assert over
    quality = leg_quality(over)
    assert quality.loss_percent is not None
    assert 4 < quality.loss_percent < 25  # a shared machine loses some of its own
    assert quality.mos is not None
    assert 1.5 < quality.mos < 4.0
