"""Runs of a telephone's machine: rules of each country, events in, actions out."""

from dataclasses import replace

from firmware import countries
from firmware.telephony.events import Caller
from firmware.telephony.lines import port_words as w
from firmware.telephony.lines.port import Phase, PortState, Rules, step
from firmware.telephony.numbering.dialplan import Plan
from firmware.telephony.numbering.digits import DigitMap

PLAN = Plan(
    extensions=frozenset({"11", "12"}),
    services={"*43": "echo"},
    emergency=("112",),
    digit_map=DigitMap.parse("{ [2-9]xxxxxx | 00x. | ^1900x. }"),
    pause_ms=4000,
    first_digit_ms=15000,
)

RULES = Rules(PLAN)
US, UK, DE = (
    replace(RULES, flash=countries.load(code).flash, is_call_waiting_allowed=True) for code in ("US", "UK", "DE")
)
IDLE = PortState(Phase.ON_HOOK)
ONE, OTHER = Caller("49301"), Caller("49302")


def run(state: PortState, *events: w.PortEvent, rules: Rules = RULES) -> tuple[PortState, list[w.PortAction]]:
    done: list[w.PortAction] = []
    for event in events:
        state, actions = step(rules, state, event)
        done += actions
    return state, done


def dialled(text: str) -> tuple[w.PortEvent, ...]:
    return tuple(w.DigitDialled(digit) for digit in text)
