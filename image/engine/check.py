"""Proves that a freshly built engine starts, with the limits and codecs the recipe asks for."""

import ctypes
import pathlib
import sys

NEEDED_CODECS = ("PCMU", "PCMA", "G722", "opus", "G729")
# Not wrapped by pjsua2, called through ctypes.
NEEDED_SYMBOLS = (
    "pjsip_transport_shutdown2",
    "pjmedia_codec_mgr_enum_codecs",
    "pjsua_conf_connect2",
    "pj_thread_register",
    "pjmedia_beat_take",
)


def main(folder: str) -> None:
    sys.path.insert(0, folder)
    import pjsua2

    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    config = pjsua2.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 64
    config.logConfig.consoleLevel = 1
    endpoint.libInit(config)
    codecs = endpoint.codecEnum2()
    names = [codecs[i].codecId for i in range(len(codecs))]
    missing = [codec for codec in NEEDED_CODECS if not any(name.startswith(codec) for name in names)]
    tls = pjsua2.TransportConfig()
    tls.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_TLS, tls)
    library = ctypes.CDLL(str(next(pathlib.Path(folder).glob("_pjsua2*.so"))))
    missing += [symbol for symbol in NEEDED_SYMBOLS if not hasattr(library, symbol)]
    endpoint.libDestroy()
    if missing:
        sys.exit(f"The engine lacks {', '.join(missing)}.")
    print("codecs:", ", ".join(names))


main(sys.argv[1])
