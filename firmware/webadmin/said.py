"""What other processes say in English, told in the visitor's language. Knows no page."""

import functools
import re

from firmware.webadmin import said_of_adapters, said_of_tests
from firmware.webadmin.language import N_, _

# The sentences of firmware/settings, firmware/gateway and of trials that hold a value; `{}` stands for it.
PATTERNS = (
    N_("there is no such setting"),
    N_('there is no such setting; did you mean "{}"?'),
    N_("is missing: {}"),
    N_("is missing: a trunk that registers needs one"),
    N_("is longer than {} characters"),
    N_("{} is not {}"),
    N_('"{}" is already that of telephone {}'),
    N_('"{}" is already that of trunk {}'),
    N_('"{}" is no trunk; there is {}'),
    N_("nobody has extension {}"),
    N_('there is no group "{}"'),
    N_('"{}" is no schedule'),
    N_("holds {}, and {} is the most"),
    N_("a change needs the path of a setting"),
    N_("{} is named twice"),
    N_("{} is below the first RTP port, {}"),
    N_("{} to {} is too few: the voice channels need {} ports"),
    N_('"{}" is not an IP address'),
    N_("{} is not a port from 1 to 65535"),
    N_('"{}" is not one of {}'),
    N_('"{}" is no entry of it: there are {}, counted from 0; "-" adds one'),
    N_("has to be given: there is none to keep"),
    N_("a whole number from {} to {}"),
    N_("a number from {} to {}"),
    N_("one of {}"),
    N_("a list of {} to {}"),
    N_("and {} errors more"),
    N_("{} cannot be saved: {}"),
    N_("{} is missing; {} in use"),
    N_("setting ignored: {}"),
    N_("this box was started part by part: nobody is there to start it anew"),
    N_("it cannot be written down that the box is to forget everything"),
    N_("holds {} entries, too many for one answer: ask for parts of it"),
    N_("this"),
    N_("text"),
    N_("true or false"),
    N_("an object"),
    N_("none"),
    N_("two accounts are being tried already: wait a moment"),
    N_("the name {} does not exist"),
    N_("no name server answers for {}"),
    N_("{} has no IPv4 address, and this box speaks no SIP over IPv6"),
    N_("{} is an IPv6 address, and this box speaks no SIP over IPv6"),
    N_("this box has no name server yet"),
    N_("user name or password refused"),
    N_("the account has no credit"),
    N_("refused: user name or password wrong, or the account is blocked"),
    N_("this user does not exist there"),
    N_("no answer"),
    N_("the registration time is too short for this server"),
    N_("not reachable"),
    N_("Connection refused"),
    N_("the far end closed the connection"),
    N_("the server offers no TLS 1.2 or newer"),
    N_("the server speaks no TLS on this port"),
    N_("the server and this box have no TLS cipher in common"),
    N_("the server accepts the connection but does not answer in TLS"),
    N_("the server's certificate {}"),
    N_("is not vouched for by an authority that is trusted"),
    N_("is revoked"),
    N_("cannot be read"),
    N_("is not meant for servers"),
    N_("could not be checked for being revoked"),
    N_("is signed by too weak a method"),
    N_("has expired"),
    N_("is not yet valid (is this box's clock right?)"),
    N_("is made out to {}, which is not the name expected"),
    N_("is not vouched for by an authority that is trusted and {}"),
    N_("has expired and {}"),
    N_("the server does not come to an end"),
    N_("it was not asked for"),
    N_("there is none over {}"),
    N_("it is not checked, as the settings have it"),
    N_("this account does not register"),
    N_("no echo test is known at this provider"),
    N_("heard after {} ms"),
    N_("the call was not answered: {}"),
    N_("the call was answered, but no sound came back"),
    N_("sound came back, but not what the box had played"),
    N_("busy"),
    N_("the caller gave up"),
    N_("number not complete"),
    N_("all voice channels in use"),
    N_("sent elsewhere"),
    N_("forwards lead in a circle"),
    N_("ended for an emergency call"),
    N_("no trunk is ready for outside calls"),
    N_("the adapter was lost"),
    N_("rejected"),
    N_("no such number"),
    N_("barred"),
    N_("failed"),
    N_("hung up"),
    N_("the way there is out of order"),
    N_("no common codec or encryption"),
    N_("the far end did not respond"),
    N_("{}: refused: user name or password wrong, or the account is blocked"),
    N_("{}: {}"),  # the domain, and what is wrong there
    # What firmware/telephony/numbering says of calls that may not go out.
    N_("the number is barred"),
    N_("calls from outside may not go out again"),
    N_("the extension may not call {}"),
    N_("national numbers"),
    N_("mobile numbers"),
    N_("international numbers"),
    N_("premium numbers"),
    N_("numbers of which nobody knows the cost"),
    N_("calls to {} are not allowed"),
    N_("satellites and other networks of no country"),
    N_("the country {}"),
    N_("a country that nobody knows"),
    N_("there were {} calls outside in the last hour, and no more are allowed"),
    N_("this number was called {} times in the last hour"),
    N_("the {} minutes of 24 hours are used up, or kept for a call now up"),
    N_("what is left of the money of 24 hours does not pay for this call"),
    N_("not a number: 1 to {} digits, * and #, with a leading + at most"),
    N_("no trunk takes this number"),
    *said_of_adapters.PATTERNS,
    *said_of_tests.PATTERNS,
)
_GENERAL = ("{}: {}", "{} is not {}")  # nearly everything fits these
_TEXT_MAX = 2000  # what is longer is shown as it came
_DEPTH_MAX = 5  # a domain: its certificate, with three things wrong, the last of which names somebody


def retold(text: str, depth: int = _DEPTH_MAX) -> str:
    """`text` in the language that is spoken; as it is where the catalogue does not know it."""
    translated = _(text)
    if translated != text or not text or len(text) > _TEXT_MAX or not depth:
        return translated
    for pattern, expression in _expressions():
        if match := expression.fullmatch(text):
            return _(pattern).format(*(retold(value, depth - 1) for value in match.groups()))
    return text


@functools.cache
def _expressions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The most particular first."""
    ordered = sorted(
        (pattern for pattern in PATTERNS if "{}" in pattern),
        key=lambda text: _GENERAL.index(text) if text in _GENERAL else -1,
    )
    return tuple((pattern, re.compile("(.*)".join(map(re.escape, pattern.split("{}"))), re.S)) for pattern in ordered)
