"""Ten browsers watch the page: what the box spends on them, and what a call in progress notices."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import scene
from tests.bench.browser import Browser
from tests.bench.conversation import talk
from tests.bench.losses import HOW, Losses, losses
from tests.bench.measure import Figure, Measure
from tests.bench.sites import Home
from tests.bench.usage import Windows, pid_of, pids_of
from tests.bench.visitor import page_of
from tests.support.box import ROOT
from tests.support.process import Program
from tests.support.waiting import until
from tests.support.web import sign_in

_WATCHERS = 10  # one of them is Chromium
_WINDOWS, _WINDOW_S = 3, 3.0
_TALK_S = _WINDOWS * _WINDOW_S
_SEEN_S = 30.0

_BOX = "gateway, page and what else a box runs; not the simulated adapter and not the browsers; in windows of 3 s"
IDLE = Measure("CPU of the box, nobody watches", "% of a core", f"{_BOX}; no call")
WATCHED = Measure("CPU of the box, ten browsers watch", "% of a core", "likewise; one Chromium and nine that only read")
CALL = Measure("CPU of the box, one call, nobody watches", "% of a core", "likewise, both speak")
CALL_WATCHED = Measure("CPU of the box, one call, ten browsers watch", "% of a core", "likewise")
PAGE = Measure("CPU of the page's process, one call, ten browsers watch", "% of a core", "the part of `twinline web`")
LOST = Measure(
    "audio lost in that call, ten browsers watch",
    "blocks",
    f"{HOW}, RTP packets that did not reach the far end, in {_TALK_S:.0f} s",
    goal=0,
)


def run(home: Home, folder: Path, times: int) -> list[Figure]:
    """The same box and call without them and with."""
    url, pids = page_of(home.box), pids_of(home.box)
    percents: dict[Measure, list[float]] = {measure: [] for measure in (IDLE, WATCHED, CALL, CALL_WATCHED, PAGE)}
    lost, notes = [], []
    for seed in range(times):
        percents[IDLE] += _percents(pids)
        scene.call_out(home.box, home.far)
        alone = _lost_in_talk(home, folder, seed, {CALL: pids}, percents)
        with _watched(url, folder):
            page = [pid_of(home.box, "web")]
            watched = _lost_in_talk(home, folder, seed, {CALL_WATCHED: pids, PAGE: page}, percents)
            scene.hang_up(home.box, 1)
            percents[WATCHED] += _percents(pids)
        lost.append(watched.total)
        notes.append(f"{watched}; without them in as long a time {alone}")
    figures = [Figure(measure, tuple(values)) for measure, values in percents.items()]
    return [*figures, Figure(LOST, tuple(lost), "; ".join(notes))]


def _lost_in_talk(
    home: Home, folder: Path, seed: int, pids: dict[Measure, list[int]], percents: dict[Measure, list[float]]
) -> Losses:
    """Both speak; adds to `percents` what these processes take meanwhile."""
    before = losses(home.box)
    with ExitStack() as stack:
        taken = {each: stack.enter_context(Windows(pids[each], _WINDOWS, _WINDOW_S)) for each in pids}
        talk(home.box, home.far, folder, _TALK_S, seed=2 * seed)
    for measure, windows in taken.items():
        percents[measure] += windows.percents
    return losses(home.box, home.far).since(before)


@contextmanager
def _watched(url: str, folder: Path) -> Iterator[None]:
    """By all of them, each of which has seen something."""
    log = folder / "watchers.log"
    command = [sys.executable, "-m", "tests.bench.watchers", url, str(_WATCHERS - 1)]
    with Program(command, log, folder=ROOT) as watchers, Browser(folder) as browser:
        sign_in(browser.driver, url)
        until(lambda: log.read_text().count("sees") == _WATCHERS - 1, _SEEN_S, "everybody watches")
        yield
        assert watchers.is_running, log.read_text()[-500:]
        assert not browser.driver.execute_script("return document.body.classList.contains('lost')"), "Chromium lost it"


def _percents(pids: list[int]) -> list[float]:
    with Windows(pids, _WINDOWS, _WINDOW_S) as windows:
        pass
    return windows.percents
