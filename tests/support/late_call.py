"""What `LateCaller` runs: calls once without an offer, says a sound, records what it hears, tells of the answer."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pjsua2 as pj

from firmware.telephony.sip.call import call_param
from firmware.telephony.sip.engine import Engine, EngineOptions, TlsOptions

_ADDRESS, _POLL_MS, _PARTING_MS = "127.0.0.1", 20, 200
_SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY}


class _Call(pj.Call):  # type: ignore[misc]
    def __init__(self, account: Any, says: str, heard: str) -> None:
        super().__init__(account)
        self.is_over = False
        self._player, self._recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
        self._player.createPlayer(says)
        self._recorder.createRecorder(heard)

    def onCallState(self, prm: Any) -> None:
        state = self.getInfo().state
        self.is_over = state == pj.PJSIP_INV_STATE_DISCONNECTED
        if state == pj.PJSIP_INV_STATE_CONFIRMED:
            is_encrypted = "SRTP status: Active" in self.dump(True, "")
            print("encrypted" if is_encrypted else "plain", "answered", sep="\n", flush=True)

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.media and info.media[0].status == pj.PJSUA_CALL_MEDIA_ACTIVE:
            audio = self.getAudioMedia(0)
            self._player.startTransmit(audio)
            audio.startTransmit(self._recorder)


def _config(plan: dict[str, str], engine: Engine) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:{plan['user']}@{plan['domain']}"
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", plan["user"], 0, plan["password"]))
    config.sipConfig.proxies = pj.StringVector([f"sip:{plan['proxy']};transport=tls;lr"])
    config.sipConfig.transportId = engine.tls_transport(TlsOptions(plan["domain"], is_verified=False), 30)
    config.mediaConfig.srtpUse = _SRTP[plan["srtp"]]
    config.mediaConfig.transportConfig.boundAddress = _ADDRESS
    return config


def _run(plan: dict[str, str], engine: Engine, account: Any) -> None:
    account.create(_config(plan, engine))
    call = _Call(account, plan["says"], plan["heard"])
    prm = call_param()
    prm.opt.flag |= pj.PJSUA_CALL_NO_SDP_OFFER
    call.makeCall(f"sip:{plan['number']}@{plan['domain']}", prm)
    while not call.is_over and not signal.sigpending():
        engine.poll(_POLL_MS)
    if not call.is_over:
        call.hangup(pj.CallOpParam())
    for _ in range(_PARTING_MS // _POLL_MS):  # the BYE is answered
        engine.poll(_POLL_MS)


def _main(plan: dict[str, str]) -> None:
    engine = Engine(EngineOptions(address=_ADDRESS, codecs=("pcmu",)))
    engine.start()
    account = pj.Account()
    _run(plan, engine, account)
    pj.Account.__swig_destroy__(account)
    engine.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    _main(json.loads(Path(sys.argv[1]).read_text()))
