"""The log in the box's folder: rotated, for its owner only, found by words, and in nobody's way."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware import log, log_files
from firmware.log_files import FILE_BYTES_MAX, OLD_FILES_MAX
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Of our package, at the level of a box."""
    before = logging.root.level
    logging.root.setLevel(logging.INFO)
    yield logging.getLogger("firmware.part")
    logging.root.setLevel(before)


@pytest.fixture(params=[True, False], ids=["waiting for the card", "a thread waits"])
def keep(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], None]]:
    end = log_files.keep(tmp_path, "web", is_waiting_allowed=request.param)
    yield end
    end()


def found(folder: Path, text: str = "", count: int = 1000) -> list[str]:
    return [line.partition(": ")[2] for line in log_files.lines(folder, text, count)]


def test_lines_are_kept_and_found_by_words_whatever_their_case(
    logger: logging.Logger, keep: Callable[[], None], tmp_path: Path
) -> None:
    for words in ("Trunk main is lost", "telephone 1 lifted", "trunk main is back"):
        logger.info(words)
    keep()
    assert found(tmp_path, "TRUNK") == ["Trunk main is lost", "trunk main is back"]
    assert found(tmp_path, "", 1) == ["trunk main is back"]
    assert found(tmp_path, "nothing of it") == []
    assert found(tmp_path, "", 0) == []


def test_no_secret_and_no_full_number_reaches_the_card_and_a_number_is_found_all_the_same(
    logger: logging.Logger, keep: Callable[[], None], tmp_path: Path
) -> None:
    log.hide("hunter2-canary")
    logger.info("call to %s with %s, password=%s", "+4930123456789", "hunter2-canary", "canary")
    keep()
    (file,) = (tmp_path / "log").iterdir()
    assert not {"123456", "canary"} & set(file.read_text().replace("-", " ").split())
    assert "canary" not in file.read_text()
    assert found(tmp_path, "+4930123456789") == ["call to +493...89 with ****, password=****"]


@pytest.mark.long
def test_files_are_rotated_capped_and_readable_to_their_owner_only(
    logger: logging.Logger, keep: Callable[[], None], tmp_path: Path
) -> None:
    size = 3000
    for number in range((OLD_FILES_MAX + 3) * FILE_BYTES_MAX // size):
        logger.info("%d %s", number, "x" * size)
        if number % 100 == 0:  # the thread that waits for the card is not to be overrun
            until(lambda number=number: any(found(tmp_path, f" {number} x", 1)), 10, "it is written")  # type: ignore[misc]
    keep()
    files = sorted((tmp_path / "log").iterdir())
    assert [file.name for file in files] == ["web.log", *(f"web.log.{number}" for number in (1, 2, 3))]
    assert all(file.stat().st_size <= FILE_BYTES_MAX for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700
    numbers = [int(line.split()[0]) for line in found(tmp_path, count=10_000)]
    assert numbers == list(range(numbers[0], number + 1)), "none is missing, and all are in order"


def test_lines_of_several_processes_stand_in_the_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "web.log").write_text("2026-01-01 00:00:02 web info a: 2\n2026-01-01 00:00:04 web info a: 4\n")
    (tmp_path / "log" / "gateway.log.1").write_text("2026-01-01 00:00:01 gateway info a: 1\n")
    (tmp_path / "log" / "gateway.log").write_text("2026-01-01 00:00:03 gateway info a: 3\n")
    (tmp_path / "log" / "passwd").write_text("2026-01-01 00:00:05 none of ours: 5\n")
    assert found(tmp_path) == ["1", "2", "3", "4"]
    assert found(tmp_path, count=2) == ["3", "4"]


def test_where_nothing_can_be_written_the_process_goes_on_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    code = (
        "import logging, sys; from pathlib import Path; from firmware import log, log_files; log.set_up('web')\n"
        "log_files.keep(Path(sys.argv[1]), 'web')\n"
        "for number in range(3): logging.getLogger('firmware.x').info('%d', number)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.count("cannot be written to the card") == 1
    assert [line[-1] for line in done.stderr.splitlines() if " web info x: " in line] == ["0", "1", "2"]


@pytest.mark.parametrize("is_waiting_allowed", [True, False])
def test_what_ends_a_process_is_in_its_file(tmp_path: Path, is_waiting_allowed: bool) -> None:
    code = (
        "import sys; from pathlib import Path; from firmware import log, log_files; log.set_up('web')\n"
        f"log_files.keep(Path(sys.argv[1]), 'web', is_waiting_allowed={is_waiting_allowed})\n"
        "raise ValueError('the last words')"
    )
    quiet = os.environ | {log.QUIET: "warning"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, env=quiet)
    (line,) = found(tmp_path, "the last words")
    assert line.startswith("fault, nobody caught it | Traceback")


def test_the_command_prints_the_last_lines_or_says_that_there_are_none(tmp_path: Path) -> None:
    def twinline(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "firmware", "log", "--config", str(tmp_path), *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert twinline().stderr == "twinline: nothing found\n"
    (tmp_path / "log").mkdir()
    lines = [f"2026-01-01 00:00:0{number} web info a: {number}" for number in range(3)]
    (tmp_path / "log" / "web.log").write_text("\n".join(lines) + "\n")
    assert twinline("--lines", "2").stdout.splitlines() == lines[1:]
    assert twinline("A: 0").stdout.splitlines() == lines[:1]
    assert twinline("--lines", "0").returncode == 2
