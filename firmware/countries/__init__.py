"""Country profiles: tones, cadences, caller ID, hook windows, digit maps. Data in TOML, one file a country."""

import re
import tomllib
from functools import cache
from pathlib import Path

from firmware.countries.profile import (
    Country,
    FlashFunction,
    FlashManners,
    HeardStep,
    HeardTone,
    HookWindows,
    LineManners,
    Numbering,
    OutsideLine,
    Tone,
    Tones,
    ToneStep,
)
from firmware.countries.reader import CountryError, read_country

__all__ = [
    "Country",
    "CountryError",
    "FlashFunction",
    "FlashManners",
    "HeardStep",
    "HeardTone",
    "HookWindows",
    "LineManners",
    "Numbering",
    "OutsideLine",
    "Tone",
    "ToneStep",
    "Tones",
    "available",
    "load",
]

_FOLDER = Path(__file__).parent
_CODE = re.compile(r"[A-Z]{2}")


def available(folder: Path = _FOLDER) -> tuple[str, ...]:
    """The codes of all countries that have a profile, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml") if _CODE.fullmatch(path.stem)))


@cache
def load(code: str, folder: Path = _FOLDER) -> Country:
    """A country by its code. Raises CountryError, in words that name file and key."""
    if code not in available(folder):
        raise CountryError(f"there is no profile of country {code!r}; there are {', '.join(available(folder))}")
    path = folder / f"{code}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CountryError(f"{path.name} cannot be read: {error}") from error
    return read_country(code, path.name, values)
