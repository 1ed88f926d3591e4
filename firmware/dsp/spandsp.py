"""DTMF and caller ID by libspandsp; knows no telephony: what a digit or a message means is the caller's business."""

from functools import cache
from typing import Final

from firmware.dsp import libraries
from firmware.dsp.data_link import DataLink
from firmware.dsp.generate import dtmf, fsk_caller_id, mark_and_space_hz, tones
from firmware.dsp.libraries import CData, Library, LibraryMissing
from firmware.dsp.progress import ToneDetector, TonePattern, ToneStep

__all__ = [
    "CallerIdReceiver",
    "DtmfReceiver",
    "LibraryMissing",
    "ToneDetector",
    "TonePattern",
    "ToneStep",
    "dtmf",
    "fsk_caller_id",
    "tones",
]

# Samples that go in are declared as `void`: cffi passes bytes as they lie there, and wraps no block by Python code.
_ffi = libraries.declare(
    """
    typedef struct dtmf_rx_state_s dtmf_rx_state_t;
    dtmf_rx_state_t *dtmf_rx_init(dtmf_rx_state_t *s, void *callback, void *user_data);
    void dtmf_rx_parms(dtmf_rx_state_t *s, int filter_dialtone, int twist, int reverse_twist, int threshold);
    int dtmf_rx(dtmf_rx_state_t *s, const void *amp, int samples);
    int dtmf_rx_status(dtmf_rx_state_t *s);
    size_t dtmf_rx_get(dtmf_rx_state_t *s, char *digits, int max);
    int dtmf_rx_free(dtmf_rx_state_t *s);

    typedef struct {
        const char *name;
        int freq_zero;
        int freq_one;
        int tx_level;
        int min_level;
        int baud_rate;
    } fsk_spec_t;
    typedef struct fsk_rx_state_s fsk_rx_state_t;
    typedef void (*put_bit_func_t)(void *user_data, int bit);
    fsk_rx_state_t *fsk_rx_init(
        fsk_rx_state_t *s, const fsk_spec_t *spec, int framing_mode, put_bit_func_t put_bit, void *user_data);
    int fsk_rx(fsk_rx_state_t *s, const void *amp, int len);
    int fsk_rx_free(fsk_rx_state_t *s);
    """
)

_MAX_DIGITS: Final = 128  # MAX_DTMF_DIGITS of spandsp's own buffer
_FRAMING_SYNC: Final = 1  # FSK_FRAME_MODE_SYNC: bits, their edges smoothed
_MAX_WAITING: Final = 8  # a call carries one message; a line that babbles FSK must not fill memory
_DTMF_MARGIN_DB: Final = 3  # spandsp's threshold is where detection ends, not where it is sure
_TWIST_MARGIN_DB: Final = 1  # the same of its limits of twist
_FSK_MARGIN_DB: Final = 6  # its power meter goes through a high-pass that costs the mark frequency some 5 dB


@cache
def _library() -> Library:
    return libraries.load(_ffi, "libspandsp.so.2")


class DtmfReceiver:
    """Hears DTMF in 16-bit 8 kHz blocks of any size.

    Defaults suit a telephone: high group 8 dB below to 6 dB above the low one (ITU-T Q.24,
    ETSI ES 201 235-3), 40 ms on, 40 ms off, down to -36 dBm0 a tone.
    Raises LibraryMissing.
    """

    def __init__(
        self,
        *,
        min_dbm0: int = -36,
        twist_db: int = 8,
        reverse_twist_db: int = 6,
        is_dial_tone_filtered: bool = False,
    ) -> None:
        self._library = library = _library()
        self._state = _ffi.gc(library.dtmf_rx_init(_ffi.NULL, _ffi.NULL, _ffi.NULL), library.dtmf_rx_free)
        threshold = min_dbm0 - _DTMF_MARGIN_DB
        twist, reverse_twist = twist_db + _TWIST_MARGIN_DB, reverse_twist_db + _TWIST_MARGIN_DB
        library.dtmf_rx_parms(self._state, int(is_dial_tone_filtered), twist, reverse_twist, threshold)
        self._digits = _ffi.new("char[]", _MAX_DIGITS + 1)
        self._is_tone_on = False

    @property
    def is_tone_on(self) -> bool:
        """True while the last block ended in DTMF, or in what may become it: the time to mute the path."""
        return self._is_tone_on

    def feed(self, pcm: bytes) -> str:
        """Take a block; return the digits that were recognised in it (each told once, some 30 ms in)."""
        library, state = self._library, self._state
        library.dtmf_rx(state, pcm, len(pcm) // 2)
        self._is_tone_on = library.dtmf_rx_status(state) != 0
        count = library.dtmf_rx_get(state, self._digits, _MAX_DIGITS)
        return bytes(_ffi.buffer(self._digits, count)).decode("ascii") if count else ""


class CallerIdReceiver:
    """Hears caller-ID messages, "bell202" (GR-30) or "v23" (EN 300 659, SIN 227), in 16-bit 8 kHz blocks of any size.

    Raises ValueError for another standard, LibraryMissing.
    """

    def __init__(self, standard: str, *, min_dbm0: int = -40) -> None:
        self._library = library = _library()
        self._link = DataLink()
        self._heard: list[bytes] = []
        mark_hz, space_hz = mark_and_space_hz(standard)
        # spandsp's own adsi_rx is deaf below -28 dBm0; telephones hear down to -40 dBV (SIN 227).
        spec: CData = _ffi.new("fsk_spec_t *")
        spec.freq_zero, spec.freq_one, spec.baud_rate = int(space_hz), int(mark_hz), 120000
        spec.tx_level, spec.min_level = -14, min_dbm0 - _FSK_MARGIN_DB
        # Held here, for C keeps a bare pointer to it.
        self._put_bit = _ffi.callback("put_bit_func_t", self._on_bit)
        state = library.fsk_rx_init(_ffi.NULL, spec, _FRAMING_SYNC, self._put_bit, _ffi.NULL)
        self._state = _ffi.gc(state, library.fsk_rx_free)

    def feed(self, pcm: bytes) -> list[bytes]:
        """Take a block; return the messages that ended in it: type, length, payload, checksum (found right)."""
        self._library.fsk_rx(self._state, pcm, len(pcm) // 2)
        if not self._heard:
            return []
        heard, self._heard = self._heard, []
        return heard

    def _on_bit(self, _user_data: CData, bit: int) -> None:
        if bit < 0:  # carrier up or down
            self._link.reset()
            return
        message = self._link.take(bit)
        if message is not None and len(self._heard) < _MAX_WAITING:
            self._heard.append(message)
