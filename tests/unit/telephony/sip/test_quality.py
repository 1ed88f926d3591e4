"""The E-model against what ITU-T G.107 and G.113 print."""

import pytest

from firmware.telephony.sip.quality import (
    IMPAIRMENTS,
    R_DEFAULT,
    RtpFigures,
    delay_impairment,
    effective_impairment,
    leg_quality,
    mos_of,
    rating,
)


@pytest.mark.parametrize(("r", "mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_mos_follows_table_b1_of_g107(r: float, mos: float) -> None:
    assert mos_of(r) == pytest.approx(mos, abs=0.007)  # the table prints 4.03 for 4.024


def test_the_default_connection_of_g107_is_rated_4_41() -> None:
    assert round(mos_of(R_DEFAULT), 2) == 4.41


@pytest.mark.parametrize(("r", "mos"), [(-20, 1.0), (0, 1.0), (3, 1.0), (100, 4.5), (120, 4.5)])
def test_mos_stays_between_1_and_4_5(r: float, mos: float) -> None:
    assert mos_of(r) == mos


def test_mos_never_falls_with_a_better_rating() -> None:
    scores = [mos_of(r / 10) for r in range(-100, 1100)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(("delay_ms", "idd"), [(0, 0), (100, 0), (200, 3.04), (300, 14.75), (400, 24.07)])
def test_delay_costs_what_clause_7_4_says(delay_ms: float, idd: float) -> None:
    assert delay_impairment(delay_ms) == pytest.approx(idd, abs=0.02)


@pytest.mark.parametrize(
    ("codec", "loss_percent", "ie_eff"),
    [("PCMA", 0, 0), ("PCMA", 1, 3.64), ("PCMU", 5, 15.78), ("G729", 0, 11), ("G729", 2, 19.0), ("G729", 5, 28.5)],
)
def test_loss_costs_what_clause_7_5_says_with_the_values_of_g113(
    codec: str, loss_percent: float, ie_eff: float
) -> None:
    assert effective_impairment(IMPAIRMENTS[codec], loss_percent) == pytest.approx(ie_eff, abs=0.01)


def test_g729_without_loss_is_rated_as_planners_expect() -> None:
    assert rating(IMPAIRMENTS["G729"], 0, 50) == pytest.approx(82.2)


def test_a_clean_leg_is_described() -> None:
    quality = leg_quality(RtpFigures("PCMA", received=1000, jitter_ms=1.26, round_trip_ms=40.04, buffer_ms=40))
    assert (quality.loss_percent, quality.jitter_ms, quality.round_trip_ms, quality.mos) == (0, 1.3, 40.0, 4.41)


def test_packets_that_came_too_late_count_for_mos_and_not_as_lost() -> None:
    quality = leg_quality(RtpFigures("PCMA", received=1000, discarded=50))
    assert quality.loss_percent == 0
    assert quality.mos == pytest.approx(3.92, abs=0.005)


def test_nothing_received_or_an_unknown_codec_gives_no_mos() -> None:
    assert leg_quality(RtpFigures("PCMA")).mos is None
    assert leg_quality(RtpFigures("telepathy", received=10)).mos is None
    assert leg_quality(RtpFigures("telepathy", received=10)).loss_percent == 0


def test_figures_that_make_no_sense_stay_in_bounds() -> None:
    quality = leg_quality(RtpFigures("PCMA", received=1, lost=0, discarded=500, round_trip_ms=1e9))
    assert quality.mos == 1.0


def test_streams_of_one_leg_are_added_up_by_their_packets() -> None:
    long = RtpFigures("PCMA", received=900, lost=10, jitter_ms=2, round_trip_ms=20, buffer_ms=60)
    short = RtpFigures("G722", received=100, lost=0, jitter_ms=12, buffer_ms=20)
    both = long.plus(short)
    assert (both.codec, both.received, both.lost, both.jitter_ms) == ("G722", 1000, 10, 3)
    assert (both.round_trip_ms, both.buffer_ms) == (20, 60)
