"""Which numbers the lines of an adapter have, and get back when it returns. Pure."""

from dataclasses import dataclass

from firmware.fxs.line import LineId, LineKind

LINES_PER_KIND_MAX = 8  # what the settings have room for


class NoNumberLeft(Exception):
    """More lines are plugged in than the box can number."""


@dataclass(slots=True, eq=False)
class Claim:
    """An adapter's numbers; kept while it is away."""

    serial: str
    location: str
    lines: tuple[LineId, ...]
    is_present: bool = True


class LineNumbers:
    """Gives the lowest free numbers to a new adapter, and an adapter that returns its old ones.

    It is known by serial number and place; moved elsewhere by serial number alone (of two alike the
    one that is missing); and an adapter in the place of a missing one with the same sockets replaces it.
    """

    def __init__(self) -> None:
        self._claims: list[Claim] = []

    def claim(self, serial: str, location: str, kinds: tuple[LineKind, ...]) -> Claim:
        """Numbers for an adapter that was plugged in. Raises NoNumberLeft."""
        claim = self._find_missing(serial, location, kinds)
        if claim is None:
            claim = Claim(serial, location, self._allot(kinds))
            self._claims.append(claim)
        claim.serial, claim.location, claim.is_present = serial, location, True
        return claim

    def release(self, claim: Claim) -> None:
        """The adapter went away; its numbers wait for it."""
        claim.is_present = False

    def _find_missing(self, serial: str, location: str, kinds: tuple[LineKind, ...]) -> Claim | None:
        missing = [
            claim
            for claim in self._claims
            if not claim.is_present and tuple(line.kind for line in claim.lines) == kinds
        ]
        ranked = [
            ((claim.serial == serial) * 2 + (claim.location == location), -index, claim)
            for index, claim in enumerate(missing)
        ]
        rank, _, best = max(ranked, default=(0, 0, None), key=lambda entry: entry[:2])
        return best if rank else None

    def _allot(self, kinds: tuple[LineKind, ...]) -> tuple[LineId, ...]:
        lines = self._lowest_free(kinds)
        while lines is None:
            forgotten = next((claim for claim in self._claims if not claim.is_present), None)
            if forgotten is None:
                raise NoNumberLeft(f"more than {LINES_PER_KIND_MAX} lines of a kind")
            self._claims.remove(forgotten)
            lines = self._lowest_free(kinds)
        return lines

    def _lowest_free(self, kinds: tuple[LineKind, ...]) -> tuple[LineId, ...] | None:
        taken = {line for claim in self._claims for line in claim.lines}
        lines: list[LineId] = []
        for kind in kinds:
            numbers = range(1, LINES_PER_KIND_MAX + 1)
            free = next((n for n in numbers if LineId(kind, n) not in taken), None)
            if free is None:
                return None
            lines.append(LineId(kind, free))
            taken.add(lines[-1])
        return tuple(lines)
