"""The engine's recipe as its users see it: cache, key, source, errors. Compiles and downloads nothing."""

import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest

RECIPE = pathlib.Path(__file__).parents[2] / "image" / "engine"
SUFFIX = ".cpython-311-aarch64-linux-gnu.so"


def version_mak(parts: tuple[str, str, str]) -> str:
    names = ("MAJOR", "MINOR", "REV")
    return "".join(f"export PJ_VERSION_{name}  := {part}\n" for name, part in zip(names, parts, strict=True))


class Bench:
    """A copy of the recipe with a cache of its own, on a machine whose apt must not be touched."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.recipe = folder / "engine"
        shutil.copytree(RECIPE, self.recipe)
        shutil.rmtree(self.recipe / "patches", ignore_errors=True)
        (self.recipe / "patches").mkdir()
        self.cache = folder / "cache" / "engine"
        self.commands = folder / "commands"
        self.commands.mkdir()
        self.command("apt-get", "echo 'apt was called' >&2; exit 100")
        include = folder / "include"
        include.mkdir()
        (include / "Python.h").touch()

    def command(self, name: str, script: str) -> None:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self.commands}:{os.environ['PATH']}",
            "TWINLINE_CACHE": str(self.cache.parent),
            "ENGINE_HOST": "aarch64-linux-gnu",
            "ENGINE_PYTHON_INCLUDE": str(self.folder / "include"),
            "ENGINE_PYTHON_SUFFIX": SUFFIX,
            **more,
        }

    def build(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.recipe / "build.sh", *options],
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ask(self, words: str, **environment: str) -> str:
        """What a function of the recipe prints."""
        script = f'. "{self.recipe}/compile.sh"; . "{self.recipe}/source.sh"; {words}'
        return subprocess.run(
            ["bash", "-c", script],
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.strip()

    def key(self) -> str:
        """The recipe's key, taken from the lock that a build leaves, which fails for want of a source."""
        for lock in self.cache.glob(".lock-*"):
            lock.unlink()
        self.build()
        (lock,) = self.cache.glob(".lock-*")
        return lock.name.removeprefix(".lock-")

    def source(self, version: str = "2.17") -> pathlib.Path:
        """An archive with a version and nothing that could be built."""
        major, minor = version.split(".")
        tree = self.folder / f"pjproject-{version}"
        (tree / "pjlib/include/pj").mkdir(parents=True)
        (tree / "pjmedia/src/pjmedia-audiodev").mkdir(parents=True)
        (tree / "version.mak").write_text(version_mak((major, minor, "")))
        archive = self.folder / f"asterisk_{version}.orig-Xpjproject.tar.xz"
        with tarfile.open(archive, "w:xz") as tar:
            tar.add(tree, tree.name)
        return archive


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Bench:
    return Bench(tmp_path)


def test_a_build_in_the_cache_is_used_without_apt_or_compiler(bench: Bench) -> None:
    finished = bench.cache / f"2.17-{bench.key()}"
    finished.mkdir()
    for option in ([], ["--cached"]):
        done = bench.build(*option)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{finished}\n", "")


def test_asking_the_empty_cache_builds_nothing(bench: Bench) -> None:
    done = bench.build("--cached")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
    assert not bench.cache.exists()


def test_a_patch_or_a_limit_changes_the_key_and_the_manual_does_not(bench: Bench) -> None:
    plain = bench.key()
    (bench.recipe / "README.md").write_text("other words")
    assert bench.key() == plain
    (bench.recipe / "patches" / "0001-x.patch").write_text("--- a/x\n+++ b/x\n")
    patched = bench.key()
    assert patched != plain
    (bench.recipe / "config_site.h").write_text("#define PJSUA_MAX_CALLS 4\n")
    assert bench.key() not in (plain, patched)


def test_without_a_source_the_error_says_so_and_what_to_do(bench: Bench) -> None:
    done = bench.build()
    assert done.returncode == 1
    assert done.stdout == ""
    assert "could not be had from Debian" in done.stderr
    assert "ENGINE_SOURCE" in done.stderr
    assert "apt was called" in done.stderr


def test_a_build_that_fails_names_its_log_and_leaves_nothing_half_done(bench: Bench) -> None:
    done = bench.build(ENGINE_SOURCE=str(bench.source()))
    assert done.returncode == 1
    assert "pjproject 2.17 did not build" in done.stderr
    assert "WARNING" not in done.stderr
    (log,) = bench.cache.glob("*.log")
    assert str(log) in done.stderr
    assert [path for path in bench.cache.iterdir() if path.is_dir()] == []


def test_an_unknown_version_is_built_with_a_warning(bench: Bench) -> None:
    done = bench.build(ENGINE_SOURCE=str(bench.source("2.99")))
    assert "WARNING: pjproject 2.99 is not the 2.17" in done.stderr
    assert "configuring" in done.stderr


def test_a_patch_that_does_not_apply_stops_the_build(bench: Bench) -> None:
    (bench.recipe / "patches" / "0001-gone.patch").write_text("--- a/gone.c\n+++ b/gone.c\n@@ -1 +1 @@\n-a\n+b\n")
    done = bench.build(ENGINE_SOURCE=str(bench.source()))
    assert done.returncode == 1
    assert "applying 0001-gone.patch" in done.stderr
    assert "configuring" not in done.stderr


def test_a_broken_archive_is_an_error_in_words(bench: Bench) -> None:
    archive = bench.folder / "asterisk_1.orig-Xpjproject.tar.xz"
    archive.write_bytes(b"not an archive")
    done = bench.build(ENGINE_SOURCE=str(archive))
    assert done.returncode == 1
    assert "is no archive that tar can read" in done.stderr
    assert archive.exists()


@pytest.mark.parametrize(
    ("targets", "mirror"),
    [
        (
            "m://a/security/|Debian-Security|main\nm://b/debian/|Debian|main\nm://c/debian/|Debian|main",
            "m://b/debian/",
        ),
        ("m://x/node/|Node|main\nm://b/debian/|Debian|contrib\nm://b/debian/|Debian|main", "m://b/debian/"),
        # Before the first update apt knows no labels.
        ("m://a/debian-security/||main\nm://b/debian/||main", "m://b/debian/"),
        ("m://x/node/|Node|main", ""),
    ],
)
def test_the_archive_is_the_one_apt_itself_uses(bench: Bench, targets: str, mirror: str) -> None:
    bench.command("apt-get", f"cat <<'END'\n{targets}\nEND")
    assert bench.ask("debian_mirror") == mirror


@pytest.mark.parametrize(
    ("lines", "version"),
    [(("2", "17", ""), "2.17"), (("2", "17", "1"), "2.17.1"), (("3", "0", ""), "3.0")],
)
def test_the_version_is_read_from_the_source(bench: Bench, lines: tuple[str, str, str], version: str) -> None:
    (bench.folder / "version.mak").write_text(version_mak(lines))
    assert bench.ask(f"source_version '{bench.folder}'") == version
