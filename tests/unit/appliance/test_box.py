"""The box as a whole, as its page sees it: who is there to start it anew, and what is left for them to find."""

import logging
from pathlib import Path

import pytest

from firmware import log_files
from firmware.appliance import reset, restart
from firmware.appliance.box import Box
from firmware.control import Refused
from tests.support.waiting import until


def test_where_nobody_would_start_it_anew_that_is_said_and_nothing_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    box = Box(tmp_path, has_units=False)
    for act in (box.restart, box.factory_reset):
        with pytest.raises(Refused, match="part by part"):
            act()
    assert not reset.is_asked(tmp_path)
    assert not restart.is_asked(tmp_path)


def test_units_find_what_was_asked_for_once_the_page_has_answered(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    Box(tmp_path, has_units=True).factory_reset()
    assert reset.is_asked(tmp_path), "at once: a power cut does not save it"
    assert not restart.is_asked(tmp_path), "not yet: the answer is to leave first"
    until(lambda: restart.is_asked(tmp_path), 10, "the restart is asked for")
    assert reset.perform(tmp_path)
    assert not restart.is_asked(tmp_path)


def test_its_log_is_that_of_its_folder(tmp_path: Path) -> None:
    end = log_files.keep(tmp_path, "web")
    logging.getLogger("firmware.part").warning("Kettle on")
    end()
    (line,) = Box(tmp_path, has_units=False).log_lines("kettle", 10)
    assert line.endswith(" web warning part: Kettle on")
