"""The simulated telephones and lines as something to operate. Knows no page and no request."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from firmware.control import ControlClient, Refused
from firmware.webadmin.language import _
from firmware.webadmin.now.tune import tune_file
from firmware.webadmin.seats import Seats
from firmware.webadmin.words import clean

_AT_ONCE_MAX = 4  # dialling lasts, and holds a thread of the server meanwhile
_TONES_MAX = 32  # 4.5 s at 70 + 70 ms
_PULSES_MAX = 12  # up to 22 s
_TIMEOUT_S = 30.0  # the longest of them, with room
_NAME_MAX = 30
_TONES = re.compile(rf"[0-9*#A-D]{{1,{_TONES_MAX}}}")
_PULSES = re.compile(rf"[0-9]{{1,{_PULSES_MAX}}}")
_CALLER = re.compile(r"\+?[0-9*#]{0,24}")

_HOOK = {
    "phone": {"lift": "phone.lift", "hang-up": "phone.hang_up", "flash": "phone.flash"},
    "line": {"stop": "line.stop", "answer": "line.answer", "hang-up": "line.hang_up"},
}


class Desk:
    """Operates what the simulator at `run/simulator.sock` simulates.

    Each of `actions`, by kind and name, takes a number and a form. Raises Refused, Unreachable, Fault.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._seats = Seats(_AT_ONCE_MAX)
        self.actions: Mapping[tuple[str, str], Callable[[int, Mapping[str, str]], None]] = {
            ("phone", "hook"): lambda number, form: self._hook("phone", number, form),
            ("phone", "dial"): self._dial,
            ("phone", "tune"): lambda number, form: self._tune("phone", number),
            ("line", "hook"): lambda number, form: self._hook("line", number, form),
            ("line", "ring"): self._ring,
            ("line", "tune"): lambda number, form: self._tune("line", number),
        }

    def _hook(self, kind: str, number: int, form: Mapping[str, str]) -> None:
        method = _HOOK[kind].get(form.get("do", ""))
        if method is None:
            raise Refused(_("This button is not known. Please reload the page."))
        # The only hang-up that every country's box notices at once: the exchange opens the loop.
        how = {"how": "cpc"} if method == "line.hang_up" else {}
        self._call(method, number=number, **how)

    def _dial(self, number: int, form: Mapping[str, str]) -> None:
        if not self._seats.take():
            raise Refused(_("{} telephones are dialling already: wait a moment.").format(self._seats.limit))
        try:
            self._dial_digits(number, form)
        finally:
            self._seats.release()

    def _dial_digits(self, number: int, form: Mapping[str, str]) -> None:
        digits = re.sub(r"[ ()/.-]", "", form.get("digits", "")).upper()
        if form.get("how") == "pulse":
            if not _PULSES.fullmatch(digits):
                raise Refused(_("Pulses can dial 1 to {} digits, 0 to 9 only.").format(_PULSES_MAX))
            self._call("phone.dial", number=number, digits=digits, pulse=True)
            return
        if not _TONES.fullmatch(digits):
            raise Refused(_("Tones can dial 1 to {} of the digits 0 to 9, * # and A to D.").format(_TONES_MAX))
        self._call("phone.dial", number=number, digits=digits)

    def _ring(self, number: int, form: Mapping[str, str]) -> None:
        caller = re.sub(r"[ ()/.-]", "", form.get("from", ""))
        if not _CALLER.fullmatch(caller):
            raise Refused(_("The caller's number has at most 24 digits, with a + in front if you like."))
        self._call("line.ring", number=number, from_=caller, name=clean(form.get("name", ""), _NAME_MAX))

    def _tune(self, kind: str, number: int) -> None:
        self._call(f"{kind}.play", number=number, path=str(tune_file(self._run)), background=True)

    def _call(self, method: str, **params: object) -> None:
        with ControlClient(self._run / "simulator.sock", _TIMEOUT_S) as client:
            client.call(method, **params)
