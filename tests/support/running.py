"""What is started and stopped runs as long as its `with` block."""

from types import TracebackType
from typing import Self


class Running:
    """Gives `start` and `stop` a `with` block."""

    def start(self) -> Self:
        """Begin; ready when it returns."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it; nothing of it is left."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
