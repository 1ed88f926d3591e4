"""Extensions 201 to 203 and their IP telephones: what each says, how two are connected, what one hears."""

from tests.support.baresip import ESTABLISHED, INCOMING, Baresip
from tests.support.box import Box
from tests.support.site import ALIKE, WINDOW_S
from tests.support.sound import RATE_HZ, Samples, fingerprint, likeness, resample
from tests.support.waiting import until

PASSWORDS = {"201": "secret-201", "202": "secret-202", "203": "secret-203"}
SAYS = {"201": fingerprint(21, 30.0), "202": fingerprint(22, 30.0), "203": fingerprint(23, 30.0)}
_HEARD_S = 10.0
_KNOWN_S = 5.0


def wait_known(box: Box, count: int) -> None:
    """The box knows so many extensions with a telephone. The telephone itself was told some ms before."""
    until(lambda: box.status()["phones"]["registered"] >= count, _KNOWN_S, f"{count} extensions are registered")


def connect(caller: Baresip, called: Baresip) -> None:
    """One calls the other, which answers; both are in the call."""
    caller.dial(called.account.user)
    called.wait_for(INCOMING)
    called.answer()
    caller.wait_for(ESTABLISHED)
    called.wait_for(ESTABLISHED)


def assert_hears(phone: Baresip, said: Samples, within_s: float = _HEARD_S) -> None:
    """The telephone hears that, from now on."""
    before, looked = len(phone.heard()[0]), 0

    def is_heard() -> bool:
        nonlocal looked
        samples, rate_hz = phone.heard()
        new = samples[before:]
        if len(new) < max(rate_hz, looked + rate_hz // 4):
            return False
        looked = len(new)
        sound = resample(new[-rate_hz:], rate_hz, RATE_HZ)
        return likeness(said, sound, window_s=WINDOW_S).correlation > ALIKE

    until(is_heard, within_s, f"{phone.account.user} hears it")


def assert_hear_each_other(one: Baresip, other: Baresip) -> None:
    """Both hear what the other says."""
    assert_hears(one, SAYS[other.account.user])
    assert_hears(other, SAYS[one.account.user])
