"""The digit map against tables of maps that ATAs ship with, and against wrong and hostile ones."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.telephony.numbering.digits import MAX_DIGITS, MAX_MAP_LENGTH, DigitMap, Match, MatchKind

NONE, PARTIAL, COMPLETE, OPEN, BARRED = (
    MatchKind.NONE,
    MatchKind.PARTIAL,
    MatchKind.COMPLETE,
    MatchKind.OPEN,
    MatchKind.BARRED,
)

# The home and office example of the manuals of Grandstream's HT502, HT503, HT802 and HT812.
GRANDSTREAM = "{ ^1900x. | <=1617>[2-9]xxxxxx | 1[2-9]xx[2-9]xxxxxx | 011[2-9]x. | [3469]11 }"
GRANDSTREAM_2 = "{1xxx[2-9]xxxxxx | <2=011>x+}"
# The example of Cisco's SPA100 administration guide, with ^ for `!` and without the commas for a dial tone.
CISCO = (
    "([1-8]xx | 9 xxxxxxx | 9 <:1>[2-9]xxxxxxxxx | 8 <:1212>xxxxxxx | 9 1 [2-9] xxxxxxxxx"
    " | ^9 1 900 xxxxxxx | 9 011xxxxxx. | 0 | [49]11 )"
)
OBIHAI = "(1xxxxxxxxxx|<1>[2-9]xxxxxxxxx)"
GERMAN = "^0900x. | ^0137x. | <00=+>[1-9]x. | <0=+49>[1-9]x. | <=+4930>[2-9]x+ | 11[068] | *[13-5]x# | *21*x+#"

TABLE = [
    (GRANDSTREAM, "", PARTIAL, ""),
    (GRANDSTREAM, "1", PARTIAL, ""),
    (GRANDSTREAM, "190", PARTIAL, ""),
    (GRANDSTREAM, "1900", BARRED, ""),
    (GRANDSTREAM, "19005551234", BARRED, ""),
    (GRANDSTREAM, "190055512345678", BARRED, ""),
    (GRANDSTREAM, "5551234", COMPLETE, "16175551234"),
    (GRANDSTREAM, "55512345", NONE, ""),
    (GRANDSTREAM, "555123", PARTIAL, ""),
    (GRANDSTREAM, "12125551234", COMPLETE, "12125551234"),
    (GRANDSTREAM, "1212555123", PARTIAL, ""),
    (GRANDSTREAM, "12121", NONE, ""),
    (GRANDSTREAM, "0114", OPEN, "0114"),
    (GRANDSTREAM, "011493012345", OPEN, "011493012345"),
    (GRANDSTREAM, "411", OPEN, "411"),
    (GRANDSTREAM, "*", NONE, ""),
    (GRANDSTREAM_2, "2", PARTIAL, ""),
    (GRANDSTREAM_2, "249", OPEN, "01149"),
    (GRANDSTREAM_2, "3", NONE, ""),
    (CISCO, "123", COMPLETE, "123"),
    (CISCO, "0", COMPLETE, "0"),
    (CISCO, "85550112", COMPLETE, "812125550112"),
    (CISCO, "855", OPEN, "855"),
    (CISCO, "92125551234", COMPLETE, "912125551234"),
    (CISCO, "9212555", PARTIAL, ""),
    (CISCO, "92125550", OPEN, "92125550"),
    (CISCO, "91900555123", PARTIAL, ""),
    (CISCO, "919005551234", BARRED, ""),
    (CISCO, "9011493012345", OPEN, "9011493012345"),
    (CISCO, "911", OPEN, "911"),
    ("01.", "0", OPEN, "0"),  # the zero-or-more example of Linksys' and Cisco's guides
    ("01.", "0111", OPEN, "0111"),
    ("01.", "012", NONE, ""),
    ("<8:1650>xxxxxxx", "85551212", COMPLETE, "16505551212"),
    ("[235-8*]", "*", COMPLETE, "*"),
    ("[235-8*]", "7", COMPLETE, "7"),
    ("[235-8*]", "4", NONE, ""),
    ("[13-5]", "2", NONE, ""),
    ("[13-5]", "4", COMPLETE, "4"),
    ("[369]11 | 1617xxxxxxx", "611", COMPLETE, "611"),
    ("[369]11 | 1617xxxxxxx", "16175551234", COMPLETE, "16175551234"),
    ("^1900x+ | <=1617>xxxxxxx", "1900", PARTIAL, ""),
    ("^1900x+ | <=1617>xxxxxxx", "19005", BARRED, ""),
    ("^1900x+ | <=1617>xxxxxxx", "1901555", COMPLETE, "16171901555"),
    (OBIHAI.replace("<1>", "<:1>"), "4085551234", COMPLETE, "14085551234"),
    ("x+", "1", OPEN, "1"),
    ("xx+", "1", PARTIAL, ""),
    ("xx+", "12", OPEN, "12"),
    ("{x+}", "12", OPEN, "12"),
    ("{*x+}", "*123", OPEN, "*123"),
    ("< =1>x+", "617", OPEN, "1617"),
    ("<1=>x+", "1617", OPEN, "617"),
    ("<1=>x+", "1", PARTIAL, ""),
    (GERMAN, "0049301234", OPEN, "+49301234"),
    (GERMAN, "030123456", OPEN, "+4930123456"),
    (GERMAN, "234567", OPEN, "+4930234567"),
    (GERMAN, "116", COMPLETE, "116"),
    (GERMAN, "0900", BARRED, ""),
    (GERMAN, "01371", BARRED, ""),
    (GERMAN, "*31#", COMPLETE, "*31#"),
    (GERMAN, "*21*040", PARTIAL, ""),
    (GERMAN, "*21*040#", COMPLETE, "*21*040#"),
    ("12|123|1.", "12", OPEN, "12"),
    ("<1=9>x|1x", "12", COMPLETE, "92"),  # the first alternative in the map wins
    ("1x|<1=9>x", "12", COMPLETE, "12"),
    ("x.<9=>", "999", OPEN, "99"),
    ("x.<9=>x.", "991", OPEN, "91"),  # a repetition takes as much as it can
    ("^x.", "1", BARRED, ""),
    ("^x.", "*", NONE, ""),
    ("^1", "", PARTIAL, ""),
    ("^12", "1", PARTIAL, ""),
    ("", "1", OPEN, "1"),
    ("{ }", "0123456789", OPEN, "0123456789"),
    ("", "*", NONE, ""),
]


@pytest.mark.parametrize(("text", "dialled", "kind", "number"), TABLE)
def test_maps_of_common_adapters_mean_what_their_manuals_say(
    text: str, dialled: str, kind: MatchKind, number: str
) -> None:
    match = DigitMap.parse(text).match(dialled)
    assert (match.kind, match.number) == (kind, number)


REFUSED = [
    ("x" * (MAX_MAP_LENGTH + 1), "longer than 1000"),
    ("1xxT", "character 4 (T): timers"),
    ("1xxxS0", "character 5 (S): timers"),
    ("L:12x", "character 1 (L): timers"),
    ("1900xxxxxxx!", "character 12 (!): a barred alternative begins with ^"),
    ("9,xx", "character 2 (,): a second dial tone"),
    ("NXX", "character 1 (N): write [2-9]"),
    ("1XX", "character 2 (X): write a small x"),
    ("xx?", "character 3 (?): write two alternatives"),
    ("12a", "character 3 (a): it has no meaning"),
    ("1|", "character 3: an alternative needs at least one digit"),
    ("|1", "character 1 (|): an alternative needs at least one digit"),
    ("1||2", "character 3 (|): an alternative needs at least one digit"),
    ("^", "character 1 (^): an alternative needs at least one digit"),
    ("12|^|3", "character 4 (^): an alternative needs at least one digit"),
    ("<=1234>", "character 1 (<): an alternative needs at least one digit"),
    ("1^2", "character 2 (^): it stands at the beginning"),
    (".1", "character 1 (.): there is no digit before it"),
    ("x..", "character 3 (.): there is no digit before it"),
    ("x.+", "character 3 (+): there is no digit before it"),
    ("+49x.", "character 1 (+): there is no digit before it"),
    ("<1=2>.", "character 6 (.): there is no digit before it"),
    ("[]x", "character 1 ([): the brackets are empty"),
    ("[1-", "character 4: the map ends too early"),
    ("[12", "character 4: the map ends too early"),
    ("[5-3]", "character 3 (-): 5-3 is no range"),
    ("[1-*]", "character 3 (-): 1-* is no range"),
    ("[-3]", "character 2 (-): inside [ ]"),
    ("[1-3-5]x", "character 5 (-): inside [ ]"),
    ("[*-5]", "character 3 (-): *-5 is no range"),
    ("[1-]", "character 3 (-): 1-] is no range"),
    ("[x]", "character 2 (x): inside [ ]"),
    ("[1|2]", "character 3 (|): inside [ ]"),
    ("[^1]", "character 2 (^): inside [ ]"),
    ("1]", "character 2 (]): there is no ["),
    ("1>", "character 2 (>): there is no <"),
    ("1=2", "character 2 (=): a rewrite is written"),
    ("1-2", "character 2 (-): a range belongs"),
    ("<1>x", "character 3 (>): there is no <"),
    ("<1", "character 3: the map ends too early"),
    ("<1=2", "character 5: the map ends too early"),
    ("<=>x", "character 1 (<): this rewrite has nothing"),
    ("<1=x>x", "character 4 (x): only digits"),
    ("<1=2+>x", "character 5 (+): the international +"),
    ("<1=++>x", "character 5 (+): the international +"),
    ("1<0=+>x", "character 5 (+): the international +"),
    ("<=1><0=+>x", "character 8 (+): the international +"),
    ("x.<0=+>x", "character 6 (+): the international +"),
    ("<+=00>x", "character 2 (+): there is no digit"),
    ("<x.=1>x", "character 3 (.): there is no digit"),
    ("{1", "character 1 ({): it is not closed by a }"),
    ("(1}", "character 1 ((): it is not closed by a )"),
    ("{", "character 1 ({): it is not closed by a }"),
    ("1}", "character 2 (}): braces stand"),
    ("{{1}}", "character 2 ({): braces stand"),
    ("(1|(2))", "character 4 ((): parentheses stand"),
    ("x" * 21, "character 1 (x): this alternative asks for more than 20 digits"),
    ("x" * 20 + "+", None),
    ("1|" + "x" * 20 + "1+", "character 3 (x): this alternative asks for more than 20 digits"),
    ("\u0661", "character 1 (\u0661): it has no meaning"),
    ("1\u00b2", "character 2 (\u00b2): it has no meaning"),
    ("[\u0661-\u0663]", "character 2"),
    ("1\x00", "character 2"),
    ("1\u00a02", "character 2"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_wrong_map_is_refused_in_words_with_the_place(text: str, words: str | None) -> None:
    if words is None:
        DigitMap.parse(text)
        return
    with pytest.raises(ValueError, match=re.escape(words)):
        DigitMap.parse(text)


def test_a_dropped_prefix_may_stand_before_an_international_plus() -> None:
    assert DigitMap.parse("<9=><00=+>x+").match("90049").number == "+49"


def test_no_digits_are_never_a_number() -> None:
    assert DigitMap.parse("x.").match("") == Match(PARTIAL, "", can_grow=True)
    assert DigitMap.parse("<=1>x.").match("") == Match(PARTIAL, "", can_grow=True)


def test_a_barred_number_stays_barred_whatever_follows() -> None:
    barred = DigitMap.parse("x+ | ^0190xx")
    assert barred.match("01901").kind is OPEN
    assert barred.match("019012").kind is BARRED
    assert barred.match("0190123456").kind is BARRED


def test_digits_after_a_number_that_can_only_be_barred_do_not_keep_it_waiting() -> None:
    assert DigitMap.parse("1900 | ^1900x").match("1900") == Match(COMPLETE, "1900", can_grow=False)


def test_a_number_ends_at_twenty_digits() -> None:
    everything = DigitMap.parse("")
    assert everything.match("1" * (MAX_DIGITS - 1)).kind is OPEN
    assert everything.match("1" * MAX_DIGITS) == Match(COMPLETE, "1" * MAX_DIGITS)
    assert everything.match("1" * (MAX_DIGITS + 1)) == Match(NONE)
    assert DigitMap.parse("x.12345").match("9" * 15).kind is PARTIAL
    assert DigitMap.parse("x.12345").match("9" * 16).kind is NONE


@pytest.mark.parametrize("dialled", ["A", "+49", "1+", "1 2", "1\n", "\u0661", "x", "1a"])
def test_only_keys_of_a_telephone_match(dialled: str) -> None:
    assert DigitMap.parse("").match(dialled) == Match(NONE)


@settings(max_examples=250, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.text("x0123456789[]-<>=:.+^|{}()*# TS", max_size=60)),
    st.text("0123456789*#", max_size=24),
)
def test_hostile_maps_are_refused_or_send_nothing_but_keys(text: str, dialled: str) -> None:
    try:
        digit_map = DigitMap.parse(text)
    except ValueError as error:
        assert str(error).startswith(("digit map, character ", "the digit map is longer"))
        return
    match = digit_map.match(dialled)
    assert re.fullmatch(r"\+?[0-9*#]*", match.number)
    assert not match.number or match.kind in (OPEN, COMPLETE)


@pytest.mark.parametrize(
    "text",
    [
        "x." * 500,
        "<=1>x." * 166,
        "<1=11111><=1>1." * 20 + "1.<=11111>" * 70,
        "[0-9*#]+" * 20 + "x." * 400,
        "|".join(["x."] * 333),
        "|".join(["^x.1"] * 200),
        "|".join(["x" * 19 + "."] * 47),
        "x.<=" + "9" * 900 + ">x.",
    ],
)
def test_no_map_of_full_length_can_hold_up_a_call(text: str) -> None:
    assert len(text) <= MAX_MAP_LENGTH
    digit_map = DigitMap.parse(text)
    begin = time.process_time()
    digit_map.match("1" * MAX_DIGITS)
    assert time.process_time() - begin < 0.5  # a backtracking matcher would need longer than the world is old
