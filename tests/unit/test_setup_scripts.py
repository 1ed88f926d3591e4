"""`tools/setup` as who runs `make` sees it, in a copy of its own. Installs nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
NEEDED = ("bash", "cat", "chmod", "dirname", "env", "flock", "mktemp", "readlink", "rm", "sed", "sh", "sort", "tail")


class Clone:
    """The tools in a folder with a space in its name, on a machine that has nothing but a few commands."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my box"
        shutil.copytree(TOOLS, self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        self.commands = folder / "commands"
        self.commands.mkdir()
        for name in NEEDED:
            (self.commands / name).symlink_to(shutil.which(name) or name)
        self.command("apt-get", "echo 'apt was called' >&2; exit 100")

    def command(self, name: str, script: str) -> None:
        self.program(self.commands / name, script)

    def program(self, path: Path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={"PATH": str(self.commands), "HOME": str(self.root), **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def ask(self, words: str) -> subprocess.CompletedProcess[str]:
        """What functions of the scripts do."""
        sources = "; ".join(f'. "{self.root}/tools/{name}.sh"' for name in ("common", "packages", "python"))
        return self.run("bash", "-c", f"set -euo pipefail; {sources}; {words}")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_who_cannot_install_is_told_at_once_everything_that_is_missing(clone: Clone) -> None:
    clone.command("id", "echo 1000")
    clone.command("dpkg-query", "[ $4 = kamailio ] && printf installed")
    done = clone.run(clone.root / "tools" / "setup", "run")
    assert done.returncode == 1
    assert "Only root can install packages, and there is no sudo here. As root:" in done.stderr
    named = done.stderr.split()
    assert {"python3-venv", "g++", "libspandsp2", "libopus0"} <= set(named)
    assert "kamailio" not in named
    assert "apt was called" not in done.stderr


def test_a_python_that_will_not_do_is_named_and_nothing_is_installed(clone: Clone) -> None:
    clone.command("dpkg-query", "printf installed")
    done = clone.run(clone.root / "tools" / "setup", "run", PYTHON="/usr/bin/nonexistent")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("PYTHON=/usr/bin/nonexistent is no Python 3.11 or 3.12.")


def test_the_command_works_from_any_folder_though_its_own_has_a_space(clone: Clone, tmp_path: Path) -> None:
    (clone.root / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    clone.program(clone.root / ".venv/bin/python", 'printf "%s|" "$@"')
    assert clone.ask("install_command").returncode == 0
    elsewhere = tmp_path / "twinline"
    os.symlink(clone.root / ".venv/bin/twinline", elsewhere)
    assert clone.run(elsewhere, "log", "a b").stdout == "-P|-m|firmware|log|a b|"


def test_what_ctrl_c_ended_is_not_told_as_a_failure(clone: Clone) -> None:
    done = clone.ask("stopped() { kill -INT $$; sh -c 'echo noise; exit 1'; }; quietly 'working' stopped")
    assert done.returncode == 1
    assert done.stdout == "* working\n"
    assert done.stderr == "Interrupted: the next time goes on from here.\n"
