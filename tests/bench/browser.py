"""Chromium, and what it tells of a page by its DevTools: when something was painted, and how much was fetched."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.chromium import chromium
from tests.support.waiting import until

_PAINTED_S = 30.0
_SETTLED_S = 0.3  # after which nothing more is fetched; live updates are not counted
_PAINTED = """
const painted = performance.getEntriesByName("first-contentful-paint")[0];
return document.readyState === "complete" && painted ? painted.startTime : 0;
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """Of a page that was opened with an empty cache: first contentful paint, and all that was fetched."""

    painted_ms: float
    kilobytes: float
    files: int


class Browser:
    """One window."""

    def __init__(self, folder: Path) -> None:
        self.driver = chromium(folder / "profile", log="performance")

    def forget(self) -> None:
        """Be signed out."""
        self.driver.delete_all_cookies()

    def see(self, url: str) -> Sight:
        """Open a page as if for the first time, cookies aside."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self._log()
        self.driver.get(url)
        painted_ms = until(lambda: self.driver.execute_script(_PAINTED), _PAINTED_S, f"{url} is painted")
        time.sleep(_SETTLED_S)
        assert self.driver.current_url == url, f"{url} led to {self.driver.current_url}"
        sizes = self._fetched()
        return Sight(float(painted_ms), sum(sizes.values()) / 1000, len(sizes))

    def _fetched(self) -> dict[str, float]:
        """Bytes on the wire, headers included, by request; what is still under way counts as far as it has come."""
        sizes: dict[str, float] = {}
        for entry in self._log():
            message: dict[str, Any] = json.loads(entry["message"])["message"]
            event, params = message["method"], message["params"]
            if event == "Network.responseReceived" and params["response"]["url"].startswith("http"):
                sizes[params["requestId"]] = params["response"]["encodedDataLength"]
            elif event == "Network.dataReceived" and params["requestId"] in sizes:
                sizes[params["requestId"]] += params["encodedDataLength"] or params["dataLength"]
            elif event == "Network.loadingFinished" and params["requestId"] in sizes:
                sizes[params["requestId"]] = params["encodedDataLength"]
        return sizes

    def _log(self) -> list[dict[str, str]]:
        """What the DevTools told since this was asked last."""
        entries: list[dict[str, str]] = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        return entries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.quit()
