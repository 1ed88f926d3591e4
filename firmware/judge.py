"""Judges settings by what the rest of the product makes of them: country profiles, digit maps. Changes nothing."""

from collections.abc import Iterator

from firmware import countries
from firmware.settings import Settings
from firmware.telephony.numbering import codes
from firmware.telephony.numbering.digits import DigitMap


def judge(settings: Settings) -> Iterator[tuple[str, str]]:
    """(path, words) of each setting that no other part can work with."""
    known = countries.available()
    if settings.country not in known:
        yield "country", f'"{settings.country}" is not one of {", ".join(known)}'
    else:
        patterns = codes.effective(countries.load(settings.country).codes, settings.codes)
        yield from ((f"codes/{name}", words) for name, words in codes.problems(patterns))
    try:
        DigitMap.parse(settings.dialling.digit_map)
    except ValueError as error:
        yield "dialling/digit_map", str(error)
