"""`twinline calls`, as a person uses it."""

import argparse
import csv
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.commands import calls
from firmware.control.errors import Refused
from firmware.records import FILE_NAME, Quality
from tests.unit.records.making import T0, ended, incoming, outgoing, written


@pytest.fixture(autouse=True)
def one_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    good = Quality("PCMA", 0, 1, 2, 4.41)
    written(
        tmp_path / FILE_NAME,
        ended(replace(outgoing("1"), answered_by="+4930123456", source_quality=good)),
        ended(incoming("2", started_at=T0 + 86_400, source_name="\x1b[2JEve"), talked_s=None, cause="NO_ANSWER"),
        ended(incoming("3", started_at=T0 + 86_460, is_withheld=True), talked_s=3700),
    )
    return tmp_path


def twinline(folder: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    calls.configure(parser)
    arguments = parser.parse_args(words)
    arguments.config = folder
    return calls.run(arguments)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_calls_are_a_table_the_latest_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twinline(folder) == 0
    headings, *rows = lines(capsys)
    assert headings.split() == ["STARTED", "FROM", "TO", "BY", "TIME", "RESULT", "MOS"]
    assert rows[0].split() == ["2027-01-16", "08:01:00", "withheld", "11", "main", "61:40", "answered"]
    assert "+498912345 ?[2JEve" in rows[1]
    assert "no answer" in rows[1]
    assert rows[2].split()[:5] == ["2027-01-15", "09:00:00", "11", "Kitchen", "+4930123456"]
    assert rows[2].split()[-3:] == ["1:00", "answered", "4.4"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--number", "+4930123456"], 1),
        (["--number", "+49*"], 3),
        (["--number", "4"], 0),
        (["--since", "2027-01-16"], 2),
        (["--until", "2027-01-15"], 1),
        (["--since", "2027-01-16T00:00", "--until", "2027-01-16"], 2),
        (["--missed"], 1),
        (["--limit", "2"], 2),
    ],
)
def test_options_narrow_it(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    count: int,
) -> None:
    twinline(folder, *words)
    assert len(lines(capsys)[1:]) == count


def test_csv_holds_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twinline(folder, "--csv", "--limit", "1") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["id"] for row in rows] == ["3", "2", "1"]
    assert rows[0]["source number"] == "withheld"


def test_where_no_box_ever_ran_there_are_no_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert twinline(tmp_path) == 0
    assert capsys.readouterr().err == "twinline: no calls\n"


def test_records_that_cannot_be_read_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(Refused, match="cannot be read"):
        twinline(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "yesterday"],
        ["--until", "2027-13-01"],
        ["--limit", "0"],
        ["--limit", "²"],
        ["--since", "0001-01-01"],
    ],
)
def test_what_is_no_date_and_no_number_is_said(folder: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit):
        twinline(folder, *words)
