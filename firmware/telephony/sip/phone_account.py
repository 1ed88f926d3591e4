"""The engine's side of IP telephones: one account on a loopback transport of its own. Decides nothing."""

from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from firmware.telephony.loop import CallLoop
from firmware.telephony.sip.trunk_account import AccountEvents, SipAccount

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PhoneMedia:
    """Where audio of IP telephones comes from. `srtp`: off, optional, required."""

    rtp_port_min: int = 16384
    rtp_port_max: int = 16484
    srtp: str = "optional"


_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}


class PhoneAccount:
    """The transport and the account, from `open` to `close`. Call thread only."""

    def __init__(self, events: AccountEvents, loop: CallLoop, media: PhoneMedia) -> None:
        self.account = SipAccount(events, loop)
        endpoint = pj.Endpoint.instance()
        config = pj.TransportConfig()
        config.boundAddress = LOOPBACK
        self._transport = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, config)
        self.port = int(endpoint.transportGetInfo(self._transport).localName.rpartition(":")[2])
        self.account.create(_account_config(self._transport, self.port, media))

    def close(self) -> None:
        """Its calls must be over."""
        self.account.close()
        pj.Endpoint.instance().transportClose(self._transport)


def _account_config(transport: int, port: int, media: PhoneMedia) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:exchange@{LOOPBACK}:{port}"
    config.regConfig.registrarUri = ""
    config.regConfig.registerOnAdd = False
    config.sipConfig.transportId = transport
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.natConfig.udpKaIntervalSec = 0
    config.natConfig.contactRewriteUse = 0
    config.natConfig.sipOutboundUse = 0
    own = config.mediaConfig
    own.srtpUse = _SRTP[media.srtp]
    own.srtpSecureSignaling = 0  # how safe the way to the telephone is, the registrar knows: it takes keys out
    own.srtpOpt.keyings = pj.IntVector([pj.PJMEDIA_SRTP_KEYING_SDES])
    suite = pj.SrtpCrypto()
    suite.name = "AES_CM_128_HMAC_SHA1_80"  # RFC 4568: the one that every telephone knows
    own.srtpOpt.cryptos = pj.SrtpCryptoVector([suite])
    own.lockCodecEnabled = False
    own.transportConfig.port = media.rtp_port_min
    own.transportConfig.portRange = media.rtp_port_max - media.rtp_port_min
    # Sockets of every network; what a telephone is told is put in by the registrar, which knows where it is.
    own.transportConfig.publicAddress = LOOPBACK
    config.videoConfig.autoTransmitOutgoing = False
    return config
