"""Signs in and reloads the page without a pause until it is ended; prints how often. Argument: the page's address."""

import signal
import sys
import threading

from tests.bench.visitor import Visitor

_SCRIPTS = ("vendor/htmx.min.js", "vendor/sse.min.js", "live.js", "listen.js")
_FILES = ("/", "/static/page.css", *(f"/static/{name}" for name in _SCRIPTS), "/parts")


def main() -> None:
    """Until SIGTERM."""
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    visitor = Visitor(sys.argv[1]).sign_in()
    count = 0
    while not is_over.is_set():
        for path in _FILES:
            visitor.get(path)
        visitor.close()
        count += 1
        print(count, flush=True)


if __name__ == "__main__":
    main()
