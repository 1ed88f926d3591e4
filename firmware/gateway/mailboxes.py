"""Messages that wait, from whoever knows of them: trunks by their settings, others over the control socket."""

from collections.abc import Callable
from pathlib import Path

from firmware.control import Refused
from firmware.gateway import people
from firmware.gateway.present import Present
from firmware.gateway.saved_state import SavedState
from firmware.settings import Settings
from firmware.telephony.loop import CallLoop
from firmware.telephony.messages import COUNT_MAX, MessageCounts, OnMessages, Waiting

_TOLD = "told"


class Mailboxes:
    """`on_change(extension, waiting)` is called on the call thread, as every method belongs to it but `told`."""

    def __init__(self, folder: Path, *, loop: CallLoop, present: Callable[[], Present], on_change: OnMessages) -> None:
        self._loop = loop
        self._present = present
        self._saved = SavedState(folder / "messages.json")
        self.counts = MessageCounts(on_change=on_change, save=self._saved.save, saved=self._saved.load())

    def start(self) -> None:
        """Begin to write what is told; what belongs to nobody any more is forgotten."""
        self._saved.start()
        self.apply(self._present().settings)

    def stop(self) -> None:
        """Write what is left."""
        self._saved.stop()

    def apply(self, settings: Settings) -> None:
        """Extensions and trunks may be gone, or a trunk be somebody else's."""
        numbers = people.numbers(settings)
        owned = {(_of_trunk(trunk.name), trunk.messages_for) for trunk in settings.trunks if trunk.is_enabled}
        self.counts.keep(
            lambda source, extension: extension in numbers and (source == _TOLD or (source, extension) in owned)
        )

    def from_trunk(self, trunk: str, new: int, old: int) -> None:
        """The provider says what waits in the account's mailbox."""
        own = next((each for each in self._present().settings.trunks if each.name == trunk), None)
        if own is not None and own.messages_for:
            self.counts.tell(_of_trunk(trunk), own.messages_for, Waiting.of(new, old))

    def told(self, extension: str, new: int, old: int = 0) -> None:
        """Somebody at the control socket knows it. From a thread of the socket; raises Refused."""
        for count in (new, old):
            if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= COUNT_MAX:
                raise Refused(f"messages are counted from 0 to {COUNT_MAX}")
        if not isinstance(extension, str) or extension not in people.numbers(self._present().settings):
            raise Refused(f"nobody has extension {str(extension)[:20]}")
        self._loop.post(lambda: self.counts.tell(_TOLD, extension, Waiting(new, old)))


def _of_trunk(name: str) -> str:
    return f"trunk:{name}"
