"""Settings are written whole or not at all: full disks, many writers, kills in the middle."""

import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from firmware.settings import Settings, SettingsRefused
from firmware.settings.store import Store
from tests.unit.settings.files import names_in

ROOT = Path(__file__).parents[3]


def test_a_full_disk_leaves_everything_as_it_was(store: Store, path: Path) -> None:
    store.update({"country": "DE"})
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    try:
        with pytest.raises(SettingsRefused, match="cannot be saved: File too large"):
            store.update({"country": "UK"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert "settings.json.new" not in names_in(path.parent)
    assert store.update({"country": "UK"}).country == "UK"


def test_a_folder_that_is_a_file_ends_in_words_not_in_a_trace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "settings.json")
    loaded = store.load()
    assert loaded.settings == Settings()
    assert "cannot be read (Not a directory)" in loaded.problems[0]
    with pytest.raises(SettingsRefused, match="cannot be saved"):
        store.update({"country": "DE"})


def test_changes_of_many_threads_and_stores_are_all_kept(path: Path) -> None:
    def add(number: int) -> None:
        Store(path).update({f"telephones/{number}": {"extension": f"{number}0"}})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    phones = Store(path).load().settings.telephones
    assert {key: phone.extension for key, phone in phones.items()} == {str(n): f"{n}0" for n in range(1, 9)}


KILLING = """
import os, random, signal, sys, time
from pathlib import Path
from firmware.settings.store import Store

store, chance = Store(Path(sys.argv[1])), random.Random(1)

def number_stored():
    loaded = store.load()
    assert loaded.problems == (), loaded.problems
    return int(loaded.settings.telephones["1"].name or 0)

for _ in range(100):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        number = number_stored()
        while True:
            number += 1
            store.update({"telephones/1/name": str(number)})
            os.write(writer, b"%d " % number)
    told = os.read(reader, 1 << 16)
    time.sleep(chance.uniform(0.0, 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(writer)
    told = (told + os.read(reader, 1 << 16)).split()
    os.close(reader)
    assert number_stored() >= int(told[-1]), "a change that was confirmed is lost"
print(number_stored())
"""


@pytest.mark.long
def test_a_hundred_kills_in_the_middle_of_writing_lose_nothing(path: Path) -> None:
    killing = [sys.executable, "-c", KILLING, str(path)]
    output = subprocess.run(killing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert int(output) >= 100
    leftovers = {
        "settings.json.new",
        "settings.json.bak.new",
    }  # at most one of each, whatever the number of kills
    assert names_in(path.parent) - leftovers == {"settings.json", "settings.json.bak"}


def test_waiting_for_the_lock_ends_when_its_holder_dies(store: Store, path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import fcntl,time;f=open({str(path) + '.lock'!r},'w');"
            "fcntl.flock(f,2);print(1,flush=True);time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    timer = threading.Timer(0.1, holder.kill)
    timer.start()
    started = time.monotonic()
    store.update({"country": "DE"})
    assert time.monotonic() - started < 10
    timer.join()
    holder.communicate()
