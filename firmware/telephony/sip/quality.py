"""How a leg sounded, estimated from the figures of its RTP (ITU-T G.107, the E-model). No engine, no clock."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from firmware.telephony.summary import LegQuality

R_DEFAULT = 93.2
"""The rating of a connection with nothing but G.107's default values (G.107 cl. 7.7)."""

_DELAY_UNNOTICED_MS = 100.0  # G.107 cl. 7.4: mT, default delay sensitivity (sT = 1)
_SENSITIVITY = 6.0  # 6 * sT
_IE_MAX = 95.0  # G.107 cl. 7.5


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a codec costs: Ie without loss, and Bpl, how well it bears random loss (ITU-T G.113 Appendix I)."""

    ie: float
    bpl: float


_G711 = Impairment(0, 25.1)  # with concealment, as the engine has it for every codec
# A wideband codec is judged on the scale of narrowband, as its other leg mostly is: never worse than G.711.
IMPAIRMENTS: Mapping[str, Impairment] = MappingProxyType(
    {
        "PCMU": _G711,
        "PCMA": _G711,
        "G722": _G711,
        "L16": _G711,
        "OPUS": _G711,
        "G729": Impairment(11, 19.0),  # G.729A
        "G723": Impairment(15, 16.1),
        "GSM": Impairment(20, 10.0),  # Bpl: that of GSM-EFR, for full rate none is given
        "ILBC": Impairment(11, 32.0),
    }
)


@dataclass(frozen=True, slots=True)
class RtpFigures:
    """What a stream received so far: packets, and times in ms (None: no report came)."""

    codec: str
    received: int = 0
    lost: int = 0
    discarded: int = 0  # came too late for the jitter buffer
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    buffer_ms: float = 0.0

    def plus(self, later: "RtpFigures") -> "RtpFigures":
        """Both streams as one: a leg that was held, or changed its codec, has several."""
        ours, theirs = self.received, later.received
        return RtpFigures(
            codec=later.codec or self.codec,
            received=ours + theirs,
            lost=self.lost + later.lost,
            discarded=self.discarded + later.discarded,
            jitter_ms=_mean(self.jitter_ms, ours, later.jitter_ms, theirs),
            round_trip_ms=_mean(self.round_trip_ms, ours, later.round_trip_ms, theirs),
            buffer_ms=later.buffer_ms if theirs >= ours else self.buffer_ms,
        )


def leg_quality(figures: RtpFigures) -> LegQuality:
    """What the record says of a leg. No MOS where nothing was received or the codec is not known."""
    expected = figures.received + figures.lost
    if expected <= 0:
        return LegQuality(figures.codec)
    loss = 100.0 * figures.lost / expected
    missing = min(100.0, 100.0 * (figures.lost + figures.discarded) / expected)
    impairment = IMPAIRMENTS.get(figures.codec.upper())
    delay_ms = (figures.round_trip_ms or 0.0) / 2 + figures.buffer_ms
    return LegQuality(
        codec=figures.codec,
        loss_percent=round(loss, 2),
        jitter_ms=_rounded(figures.jitter_ms),
        round_trip_ms=_rounded(figures.round_trip_ms),
        mos=None if impairment is None else round(mos_of(rating(impairment, missing, delay_ms)), 2),
    )


def rating(impairment: Impairment, loss_percent: float, delay_ms: float) -> float:
    """The rating factor R (G.107 cl. 7.1) for random loss and one-way delay; all else has its default."""
    return R_DEFAULT - delay_impairment(delay_ms) - effective_impairment(impairment, loss_percent)


def effective_impairment(impairment: Impairment, loss_percent: float) -> float:
    """Ie-eff for random loss, BurstR = 1 (G.107 cl. 7.5)."""
    ie, bpl = impairment.ie, impairment.bpl
    return ie + (_IE_MAX - ie) * loss_percent / (loss_percent + bpl)


def delay_impairment(delay_ms: float) -> float:
    """Idd, what delay costs where echo is cancelled (G.107 cl. 7.4)."""
    if delay_ms <= _DELAY_UNNOTICED_MS:
        return 0.0
    x = math.log2(delay_ms / _DELAY_UNNOTICED_MS)

    def root(value: float) -> float:
        return float((1 + value**_SENSITIVITY) ** (1 / _SENSITIVITY))

    return 25 * (root(x) - 3 * root(x / 3) + 2)


def mos_of(r: float) -> float:
    """Mean opinion score for a rating (G.107 Annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def _mean(first: float | None, weight: int, second: float | None, other: int) -> float | None:
    if first is None or second is None:
        return second if first is None else first
    return (first * weight + second * other) / (weight + other) if weight + other else second


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
