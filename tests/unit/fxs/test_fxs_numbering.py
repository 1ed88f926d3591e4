"""Numbers of lines over plugging, unplugging and swapping."""

import pytest

from firmware.fxs.line import LineId, LineKind
from firmware.fxs.numbering import LineNumbers, NoNumberLeft

BOX = (LineKind.FXS, LineKind.FXS, LineKind.FXO)


def numbers(lines: tuple[LineId, ...]) -> str:
    return " ".join(str(line) for line in lines)


def test_adapters_are_numbered_one_after_another() -> None:
    box = LineNumbers()
    assert numbers(box.claim("A", "usb-1", BOX).lines) == "fxs1 fxs2 fxo1"
    assert numbers(box.claim("B", "usb-2", BOX).lines) == "fxs3 fxs4 fxo2"


def test_an_adapter_that_returns_gets_its_numbers_back_in_any_socket() -> None:
    box = LineNumbers()
    first, second = box.claim("A", "usb-1", BOX), box.claim("B", "usb-2", BOX)
    box.release(first)
    box.release(second)
    assert numbers(box.claim("B", "usb-1", BOX).lines) == "fxs3 fxs4 fxo2"
    assert numbers(box.claim("A", "usb-3", BOX).lines) == "fxs1 fxs2 fxo1"


def test_two_adapters_with_one_serial_number_are_told_apart_by_place() -> None:
    box = LineNumbers()
    first, second = box.claim("SAME", "usb-1", BOX), box.claim("SAME", "usb-2", BOX)
    assert first.lines != second.lines
    box.release(first)
    box.release(second)
    assert box.claim("SAME", "usb-2", BOX).lines == second.lines
    assert box.claim("SAME", "usb-1", BOX).lines == first.lines


def test_a_new_adapter_in_the_place_of_a_missing_one_replaces_it() -> None:
    box = LineNumbers()
    box.release(box.claim("OLD", "usb-1", BOX))
    assert numbers(box.claim("NEW", "usb-1", BOX).lines) == "fxs1 fxs2 fxo1"


def test_a_replacement_with_other_sockets_is_numbered_anew() -> None:
    box = LineNumbers()
    box.release(box.claim("OLD", "usb-1", BOX))
    assert numbers(box.claim("NEW", "usb-1", (LineKind.FXS,)).lines) == "fxs3"


def test_a_present_adapter_never_loses_its_numbers() -> None:
    box = LineNumbers()
    box.claim("A", "usb-1", BOX)
    assert numbers(box.claim("A", "usb-1", BOX).lines) == "fxs3 fxs4 fxo2"


def test_numbers_of_the_missing_are_given_away_only_when_none_is_left() -> None:
    box = LineNumbers()
    missing = box.claim("A", "usb-1", (LineKind.FXS,) * 4)
    box.claim("B", "usb-2", (LineKind.FXS,) * 4)
    box.release(missing)
    assert numbers(box.claim("C", "usb-3", (LineKind.FXS,) * 2).lines) == "fxs1 fxs2"


def test_a_ninth_telephone_is_refused_in_words() -> None:
    box = LineNumbers()
    box.claim("A", "usb-1", (LineKind.FXS,) * 8)
    with pytest.raises(NoNumberLeft, match="more than 8"):
        box.claim("B", "usb-2", (LineKind.FXS,))
