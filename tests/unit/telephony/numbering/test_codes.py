"""Feature codes: the countries' sets and their clash, patterns, and that a code is recognised once it is complete."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import countries
from firmware.telephony.events import Cause, Destination
from firmware.telephony.numbering.code_names import KNOWN, Part
from firmware.telephony.numbering.codes import Code, CodeSet, effective, problems
from firmware.telephony.numbering.dialplan import Dial, More, Plan, Rejected, is_send_key, judge, validate
from firmware.telephony.numbering.digits import DigitMap

EXTENSIONS = frozenset({"201", "202", "2023", "340"})


def plan_of(code: str, extensions: frozenset[str] = EXTENSIONS, **own: str) -> Plan:
    country = countries.load(code)
    return Plan(
        extensions=extensions,
        services={},
        emergency=country.numbering.emergency_numbers,
        digit_map=DigitMap.parse(country.numbering.digit_map),
        pause_ms=4000,
        first_digit_ms=15000,
        codes=CodeSet.of(effective(country.codes, {name.replace("_", "-"): pattern for name, pattern in own.items()})),
    )


US, UK, DE = plan_of("US"), plan_of("UK"), plan_of("DE")
PAUSE, ASKED = More(4000), More(15000, "second_dial")


def dial(text: str) -> Dial:
    kind, _, value = text.partition(":")
    return Dial(Destination(kind, value))


@pytest.mark.parametrize("code", countries.available())
def test_a_shipped_set_has_every_code_and_no_clash(code: str) -> None:
    codes = countries.load(code).codes
    assert set(KNOWN) <= set(codes)
    assert list(problems(codes)) == []
    assert validate(plan_of(code, frozenset({"201", "3000"}))) == []


TABLE = [
    # the same digits, and what they mean in the US and in Europe
    (US, "*72", ASKED, Rejected(Cause.INVALID_NUMBER)),
    (US, "*722125551234", dial("code:forward-always-on.2125551234"), None),
    (US, "*72201", PAUSE, dial("code:forward-always-on.201")),  # a seven digit number could begin with 201
    (US, "*73", dial("code:forward-always-off"), None),
    (US, "*21*201#", Rejected(Cause.UNKNOWN_NUMBER), None),
    (DE, "*72", Rejected(Cause.UNKNOWN_NUMBER), None),
    (DE, "*21", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (DE, "*21*", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (DE, "*21*0301234567", PAUSE, dial("code:forward-always-on.0301234567")),  # a SIP telephone keeps the # for itself
    (DE, "*21*0301234567#", dial("code:forward-always-on.0301234567"), None),
    (DE, "#21#", dial("code:forward-always-off"), None),
    (DE, "*#21#", dial("code:forward-always-ask"), None),
    (UK, "*21*02079460000#", dial("code:forward-always-on.02079460000"), None),
    # *67: in the US for one call without one's number, in Europe forward when busy
    (US, "*672125551234", dial("code:withhold-once.2125551234"), None),
    (DE, "*67*201#", dial("code:forward-busy-on.201"), None),
    (DE, "*31#030123", PAUSE, dial("code:withhold-once.030123")),
    (DE, "#31#030123", PAUSE, dial("code:withhold-once.030123")),
    (UK, "14102079460000", dial("code:withhold-once.02079460000"), None),
    (UK, "147002079460000", dial("code:send-once.02079460000"), None),
    (UK, "1471", dial("code:call-return"), None),
    # *43: the echo test; in Europe *43# is call waiting
    (US, "*43", dial("service:echo"), None),
    (DE, "*43", PAUSE, dial("service:echo")),
    (DE, "*43#", dial("code:call-waiting-on"), None),
    # the rest of the house
    (US, "*8", PAUSE, dial("code:pickup-group")),
    (DE, "*8", dial("code:pickup-group"), None),
    (US, "**201", dial("code:pickup-extension.201"), None),
    (US, "**202", PAUSE, dial("code:pickup-extension.202")),  # 2023
    (US, "**5", Rejected(Cause.UNKNOWN_NUMBER), None),
    (US, "**9", dial("code:group-all"), None),
    (US, "***", dial("service:address"), None),
    (US, "*59701", dial("code:retrieve.701"), None),
    (US, "*745", PAUSE, dial("code:speed-dial.5")),
    (US, "*7455", dial("code:speed-dial.55"), None),
    (US, "*755*2125551234", dial("code:speed-dial-set.5*2125551234"), None),
    (DE, "*51*12*030123456#", dial("code:speed-dial-set.12*030123456"), None),
    (US, "*550630", dial("code:wake-up-set.0630"), None),
    (DE, "*55*0630#", dial("code:wake-up-set.0630"), None),
    (US, "*9820", PAUSE, Rejected(Cause.INVALID_NUMBER)),
    (US, "*9819005551234", Rejected(Cause.BARRED), None),
    # an emergency number behind a code that says how to call is an emergency; behind another it is not
    (US, "*67911", dial("emergency:911"), None),
    (DE, "#31#112", dial("emergency:112"), None),
    (UK, "141999", dial("emergency:999"), None),
    (US, "*72911", dial("code:forward-always-on.911"), None),
    (DE, "*21*" + "1" * 19, Rejected(Cause.INVALID_NUMBER), None),
    (US, "*" * 41, Rejected(Cause.INVALID_NUMBER), None),
]


@pytest.mark.parametrize(("plan", "digits", "dialling", "final"), TABLE)
def test_a_code_means_what_its_country_says(plan: Plan, digits: str, dialling: object, final: object) -> None:
    assert judge(plan, digits) == dialling
    assert judge(plan, digits, is_final=True) == (dialling if final is None else final)


@pytest.mark.parametrize(
    ("plan", "digits", "is_key"),
    [
        (US, "*8", True),
        (US, "*722125551234", True),
        (US, "*", False),
        (DE, "*21*030123", False),
        (DE, "*31", False),
        (DE, "*31#030123", True),
        (DE, "*43", False),
        (DE, "*8", True),
    ],
)
def test_the_hash_is_a_digit_only_where_a_code_has_one(plan: Plan, digits: str, is_key: bool) -> None:
    assert is_send_key(plan, digits) is is_key


ARGUMENTS = {
    Part.NUMBER: st.from_regex(r"[2-9][0-9]{9}", fullmatch=True),
    Part.EXTENSION: st.sampled_from(sorted(EXTENSIONS)),
    Part.SHORT: st.from_regex(r"[0-9]{1,2}", fullmatch=True),
    Part.TIME: st.from_regex(r"[0-9]{4}", fullmatch=True),
    Part.PLACE: st.from_regex(r"7[0-9]{2}", fullmatch=True),
}


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_code_is_recognised_exactly_once_it_is_complete(data: st.DataObject) -> None:
    plan = data.draw(st.sampled_from([US, UK, DE]))
    code = data.draw(st.sampled_from(plan.codes.codes))
    arguments: list[str] = []
    keys = ""
    for piece in code.pieces:
        if isinstance(piece, str):
            keys += piece
        else:
            arguments.append(data.draw(ARGUMENTS[piece]))
            keys += arguments[-1]
    wanted = code.destination(*arguments)
    for length in range(1, len(keys)):
        early = judge(plan, keys[:length])
        assert isinstance(early, More) or early != Dial(wanted), keys[:length]
        assert isinstance(early, More) or code.pieces[-1] is Part.NUMBER, keys[:length]  # a number may be barred
    end = judge(plan, keys, is_final=True)
    if code.pieces[-1] is Part.NUMBER and isinstance(judge(plan, arguments[-1], is_final=True), Rejected):
        assert end == judge(plan, arguments[-1], is_final=True)
    else:
        assert end == Dial(wanted)
        assert Destination.parse(str(wanted)) == wanted


@pytest.mark.parametrize(
    ("name", "pattern", "words"),
    [
        ("forward-allways-on", "*72{n}", "there is no feature code 'forward-allways-on'"),
        ("forward-always-on", "*72", r"the parts of forward-always-on are \{n\} \(number\)"),
        ("do-not-disturb-on", "*78{n}", "the parts of do-not-disturb-on are none"),
        ("forward-always-on", "{n}", "begins with at least two keys"),
        ("do-not-disturb-on", "*", "begins with at least two keys"),
        ("forward-always-on", "*72{n}5", r"after \{n\} comes \* or #"),
        ("speed-dial-set", "*75{d}{n}", r"after \{d\} comes \* or #"),
        ("forward-always-on", "*72{x}", r"\{x\} is no part"),
        ("forward-always-on", "*72 {n}", None),  # a blank: two patterns, of which neither has what is needed
        ("do-not-disturb-on", "*7+", r"0-9, \* and # are dialled"),
        ("do-not-disturb-on", "*7" * 21, "at most 40 characters"),
    ],
)
def test_a_pattern_that_is_wrong_is_told_in_words(name: str, pattern: str, words: str | None) -> None:
    if words is None:
        assert len(list(problems({name: pattern}))) == 2
        return
    with pytest.raises(ValueError, match=words):
        Code.parse(name, pattern)
    assert [told for told, _ in problems({name: pattern})] == [name]
    assert CodeSet.of({name: pattern}).codes == ()


@pytest.mark.parametrize(
    ("one", "other", "is_clash"),
    [
        ("*72{n}", "*725", True),
        ("*72{n}", "*72{n}", True),
        ("*72{n}", "*7{n}", True),
        ("*72{n}", "*72", False),  # the pause tells them apart
        ("*72{n}", "*72*", False),
        ("*21*{n}#", "*21*5#", True),
        ("*21*{n}#", "*21#", False),
    ],
)
def test_two_codes_that_the_same_digits_mean_are_told(one: str, other: str, is_clash: bool) -> None:
    names = {True: "hotline-on", False: "redial"}
    patterns = {"forward-always-on": one, names["{n}" in other]: other}
    assert bool(list(problems(patterns))) is is_clash
    assert all(f"{other} of {names['{n}' in other]} and {one}" in words for _, words in problems(patterns))


def test_settings_change_a_set_and_switch_codes_off() -> None:
    codes = effective(countries.load("US").codes, {"echo": "*99", "redial": "", "group-sales": "*61"})
    assert codes["echo"] == "*99" and "redial" not in codes
    plan = plan_of("US", echo="*99", redial="", group_sales="*61")
    assert judge(plan, "*99") == dial("service:echo")
    assert judge(plan, "*07") == Rejected(Cause.UNKNOWN_NUMBER)
    assert judge(plan, "*61") == dial("code:group-sales")


def test_codes_that_cross_emergency_numbers_and_extensions_are_told() -> None:
    words = validate(plan_of("UK", frozenset({"1415", "201"}), redial="99955"))
    assert "the code 99955 of redial delays emergency calls: it can begin with 999" in words
    assert "the code 141{n} of withhold-once begins like an extension: 141 and more" in words


def test_ten_thousand_extensions_are_judged_well_within_a_millisecond() -> None:
    plan = plan_of("DE", frozenset(str(number) for number in range(20000, 30000)))
    dialled = ["2", "21", "21234", "*", "*2", "*21*0301234567", "*21*0301234567#", "**21234", "#31#030123456"]
    best = min(_seconds_for(plan, dialled) for _ in range(5))
    assert best < 0.001
    assert judge(plan, "21234", is_final=True) == dial("extension:21234")
    assert judge(plan, "**21234") == dial("code:pickup-extension.21234")


def _seconds_for(plan: Plan, dialled: list[str]) -> float:
    """Of the slowest of them, processor time: others share this machine."""
    slowest = 0.0
    for digits in dialled:
        begun = time.process_time()
        for _ in range(10):
            judge(plan, digits)
        slowest = max(slowest, (time.process_time() - begun) / 10)
    return slowest
