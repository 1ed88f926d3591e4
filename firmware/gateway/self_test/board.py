"""The hops of a test call, and what was told of each. Pure; knows no call."""

from collections.abc import Callable, Sequence

END = "end"
"""The last hop of every test: it is told whatever went wrong before."""

Item = dict[str, str]


class Board:
    """Tells `put` of hops in their `order`. After one failed the others are skipped, all but the end."""

    def __init__(self, order: Sequence[str], put: Callable[[Item], None]) -> None:
        self._order = tuple(order)
        self._put = put
        self._states: dict[str, str] = {}

    @property
    def current(self) -> str:
        """The first hop that is not behind the call."""
        return next((hop for hop in self._order if self._states.get(hop) not in ("done", "failed", "skipped")), END)

    @property
    def has_failed(self) -> bool:
        """Whether the call has stopped somewhere."""
        return "failed" in self._states.values()

    def is_done(self, hop: str) -> bool:
        """Whether that hop is behind the call."""
        return self._states.get(hop) == "done"

    def waiting(self, hop: str, text: str) -> None:
        """The call is at that hop."""
        self._tell(hop, "waiting", text)

    def done(self, hop: str, text: str) -> None:
        """It is behind the call."""
        self._tell(hop, "done", text)

    def failed(self, hop: str, text: str) -> None:
        """The call stopped there."""
        if self.has_failed or hop == END:
            return
        self._tell(hop, "failed", text)
        for other in self._order:
            if other != END and self._states.get(other) in (None, "waiting"):
                self._say(other, "skipped", "")

    def _tell(self, hop: str, state: str, text: str) -> None:
        if hop in self._order and (hop == END or not self.has_failed):
            self._say(hop, state, text)

    def _say(self, hop: str, state: str, text: str) -> None:
        self._states[hop] = state
        self._put({"hop": hop, "state": state, "text": text})
