"""axe-core, fetched once from the npm registry and checked: finds what keeps people from using a page."""

import base64
import functools
import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
_FETCH_S = 60


def violations(driver: WebDriver) -> list[str]:
    """What axe finds on the page that is shown: rule, and the first element that breaks it."""
    found: Any = driver.execute_async_script(
        f"{script()};\nconst done = arguments[arguments.length - 1];"
        "axe.run({resultTypes: ['violations'], elementRef: false, "  # what is right need not be listed
        "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(result => done(result.violations), error => done([{id: String(error), nodes: []}]));"
    )
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:2]]}" for one in found]


@functools.cache
def script() -> str:
    """axe.min.js; skips the test in words when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "twinline"
    package = cache / f"axe-core-{VERSION}.tgz"
    if not package.exists():
        _fetch(cache)
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    assert digest == SHA512, f"{package} is not what it should be"
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def _fetch(cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe-core cannot be fetched")
    cache.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(cache)]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=_FETCH_S, check=False)
    if done.returncode != 0:
        pytest.skip(f"axe-core cannot be fetched: {done.stderr[-200:]}")
