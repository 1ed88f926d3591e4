"""What measures stand on, each made once for all that share it: boxes with their far ends, a folder full of records."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import scene
from tests.bench.archive import Filling, fill
from tests.bench.far_end import FarEnd
from tests.support.box import Box

EXTENSIONS = 10_000
FIRST = 10_000  # extensions 10000 to 19999


@dataclass(frozen=True, slots=True)
class Home:
    """A box with two telephones and two trunks; calls out take the first, to `far`."""

    box: Box
    far: FarEnd
    other: FarEnd


@dataclass(frozen=True, slots=True)
class Crowd:
    """A box with 10,000 extensions, a registrar for them, and a far end."""

    box: Box
    far: FarEnd


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder of a box that is not running, with 1,000,000 call records in it, and how they got there."""

    folder: Path
    filling: Filling


@contextmanager
def nothing(_: Path) -> Iterator[None]:
    """For measures that start what they need."""
    yield None


@contextmanager
def home(folder: Path) -> Iterator[Home]:
    """A box as most households have it."""
    with (
        FarEnd(folder / "far") as far,
        FarEnd(folder / "other") as other,
        scene.box_with(folder / "box", {"far": far, "other": other}) as box,
    ):
        yield Home(box, far, other)


@contextmanager
def crowd(folder: Path) -> Iterator[Crowd]:
    """Asked so often by so few machines, its registrar must not take them for a flood."""
    with scene.site(folder, crowd_settings()) as (box, far):
        yield Crowd(box, far)


@contextmanager
def archive(folder: Path) -> Iterator[Archive]:
    """Ten years of calls."""
    box = folder / "box"
    box.mkdir()
    yield Archive(box, fill(box))


def crowd_settings() -> dict[str, object]:
    """10,000 extensions, each with a password but for the two on sockets, and a registrar."""
    passwords = {str(FIRST + number): f"secret-{number}" for number in range(EXTENSIONS - 2)}
    return scene.registrar(passwords, requests_max=1000)
