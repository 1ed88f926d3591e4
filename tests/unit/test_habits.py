"""What a newcomer types first does what README and CONTRIBUTING say, and is what CI runs."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from firmware import folder

ROOT = Path(__file__).parents[2]


def test_make_alone_lists_every_target_in_words() -> None:
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert targets is not None
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # `make check` runs this
    said = subprocess.run(["make"], cwd=ROOT, env=own, capture_output=True, text=True, timeout=20, check=True).stdout
    listed = dict(re.findall(r"^  make ([a-z]+) +(\S.*)$", said, re.M))
    assert set(listed) == set(targets[1].split())
    assert len(said.splitlines()) == len(listed)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = re.findall(r"^    (make [a-z]+)$", (ROOT / "README.md").read_text(), re.M)
    assert commands[:2] == ["make run", "make test"]
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(), re.M)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_every_python_package_is_pinned_with_hashes(lock: Path) -> None:
    packages = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"^\s*#.*\n", "", lock.read_text(), flags=re.M).strip())
    assert packages
    for package in packages:
        assert re.match(r"[\w.\[\]-]+==\S+", package), package
        assert "--hash=sha256:" in package, package


def test_the_licence_is_the_one_that_the_engine_asks_for() -> None:
    assert re.match(r"\s*GNU GENERAL PUBLIC LICENSE\s+Version 2,", (ROOT / "LICENSE").read_text())
    assert "GPL-2.0-or-later" in (ROOT / "pyproject.toml").read_text()
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        assert (ROOT / name).stat().st_size > 500


def test_the_folder_is_data_on_the_box_and_the_users_own_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Path("/data") == folder._BOX
    monkeypatch.setattr(folder, "_BOX", tmp_path / "data")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "mine"))
    assert folder.default_folder() == tmp_path / "mine" / "twinline"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder.default_folder() == tmp_path / ".config" / "twinline"
    (tmp_path / "data").mkdir()
    assert folder.default_folder() == tmp_path / "data"
