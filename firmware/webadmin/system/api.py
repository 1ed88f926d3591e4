"""Log and restart for programs with a token. What asks people for their password once more is not for programs."""

from collections.abc import Callable, Iterator

from firmware.control import Refused
from firmware.webadmin.door import Route
from firmware.webadmin.json_body import answer, sent
from firmware.webadmin.roles import Role
from firmware.webadmin.system.pages import LOG_LINES_MAX, Machine, calls_in_words, do
from firmware.webadmin.visit import Visit


class SystemApi:
    """The routes /api/v1/log and /api/v1/restart."""

    def __init__(self, machine: Machine, calls_up: Callable[[], int]) -> None:
        self._machine = machine
        self._calls_up = calls_up

    def routes(self) -> Iterator[Route]:
        """For the installer."""
        yield Route("GET", "/api/v1/log", Role.INSTALLER, self._log)
        yield Route("POST", "/api/v1/restart", Role.INSTALLER, self._restart)

    def _log(self, visit: Visit) -> str:
        lines = self._machine.box().log_lines(visit.query.get("q", "")[:100], LOG_LINES_MAX)
        return answer({"lines": lines})

    def _restart(self, visit: Visit) -> str:
        """Ends calls only if it is told to."""
        calls = self._calls_up()
        if calls and not _is_sure(visit.body):
            raise Refused(calls_in_words(calls))
        do(self._machine.box().restart)
        return answer({})


def _is_sure(body: bytes) -> bool:
    said = sent(body or b"{}")
    return isinstance(said, dict) and said.get("sure") is True
