"""What baresip is told before it starts: its account, its sound, its file `config`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.support.sound import Samples, write_wav

_MODULES = Path("/usr/lib/baresip/modules")
_CODEC_MODULES = {"pcmu": "g711", "pcma": "g711", "g722": "g722", "opus": "opus", "gsm": "gsm", "l16": "l16"}
_PLAY_S = 150  # baresip hangs up at the end of its sound file: outlive the time-out of tests (pyproject.toml)
_SETTINGS = {
    "call_max_calls": "8",
    "audio_buffer": "20-160",
    "jitter_buffer_delay": "1-5",
    "menu_bell": "no",
    "statmode_default": "off",
    "ringback_disabled": "yes",
    "rtp_stats": "yes",
}


@dataclass(frozen=True, slots=True)
class Account:
    """What baresip logs in with. `srtp`: "" none, "srtp" offered and optional, "srtp-mand" required."""

    user: str
    domain: str  # host, host:port
    password: str = ""
    auth_user: str = ""
    transport: str = "udp"
    outbound_proxy: str = ""  # host[:port]
    srtp: str = ""
    codecs: Sequence[str] = ("pcmu/8000/1",)
    answers: str = "manual"  # "auto": at once; "early": with early media
    is_registering: bool = True
    expires_s: int = 60
    is_told_of_messages: bool = False

    @property
    def uri(self) -> str:
        """How others call it."""
        return f"sip:{self.user}@{self.domain}"

    @property
    def rate_hz(self) -> int:
        """Samples a second of the codec it likes best."""
        return int(self.codecs[0].split("/")[1])

    def line(self) -> str:
        """An account as baresip writes it."""
        transport = f";transport={self.transport}"
        fields = [
            f"<{self.uri}{transport}>",
            f"auth_user={self.auth_user}" if self.auth_user else "",
            f"auth_pass={self.password}" if self.password else "",
            f'outbound="sip:{self.outbound_proxy}{transport}"' if self.outbound_proxy else "",
            f"mediaenc={self.srtp}" if self.srtp else "",
            f"audio_codecs={','.join(self.codecs)}",
            f"answermode={self.answers}",
            f"regint={self.expires_s if self.is_registering else 0}",
            f"mwi={'yes' if self.is_told_of_messages else 'no'}",
        ]
        return ";".join(field for field in fields if field)


def audio_settings(folder: Path, account: Account, plays: Samples | None) -> dict[str, str]:
    """Play this at the rate of the account's codec, or without it echo what is heard.

    baresip's own resampler lets nothing above 1.5 kHz through, so all is at the rate of the codec.
    """
    rates = {"ausrc_srate": str(account.rate_hz), "ausrc_channels": "1"}
    if plays is None:
        rates |= {"auplay_srate": str(account.rate_hz), "auplay_channels": "1"}
        return rates | {"audio_player": "aubridge,echo", "audio_source": "aubridge,echo"}
    silence = np.zeros(max(0, _PLAY_S * account.rate_hz - len(plays)), np.int16)
    file = write_wav(folder / "plays.wav", np.concatenate([plays, silence]), account.rate_hz)
    return rates | {"audio_player": "aubridge,sink", "audio_source": f"aufile,{file}"}


def write_configuration(folder: Path, account: Account, settings: Mapping[str, str]) -> None:
    """Write `config`, and empty files in place of those that baresip would fill with examples."""
    codecs = dict.fromkeys(_CODEC_MODULES[codec.partition("/")[0].lower()] for codec in account.codecs)
    modules = [*codecs, "sndfile", "aubridge", "aufile", "srtp"]
    lines = [
        f"module_path {_MODULES}",
        *(f"module {name}.so" for name in modules),
        "module_tmp account.so",
        "module_app menu.so",
        "module_app ctrl_tcp.so",
        *(["module_app mwi.so"] if account.is_told_of_messages else []),
        *(f"{name} {value}" for name, value in (_SETTINGS | dict(settings)).items()),
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    (folder / "accounts").write_text("")
    (folder / "contacts").write_text("")
