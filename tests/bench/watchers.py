"""Sign in and watch the page, each in a session and on a connection of its own; prints each one's first event.

Arguments: the page's address, how many. Until it is ended.
"""

import sys
import threading

from tests.bench.visitor import Visitor


def main() -> None:
    """Ends by itself when one of them is left alone."""
    watchers = [Visitor(sys.argv[1]).sign_in() for _ in range(int(sys.argv[2]))]
    has_ended = threading.Event()
    for number, watcher in enumerate(watchers):
        threading.Thread(target=_watch, args=(number, watcher, has_ended), daemon=True).start()
    has_ended.wait()
    sys.exit("a watcher was left alone")


def _watch(number: int, watcher: Visitor, has_ended: threading.Event) -> None:
    try:
        is_told = False
        for line in watcher.watch("/live"):
            if line.startswith(b"data:") and not is_told:
                is_told = True
                print(f"watcher {number} sees", flush=True)
    finally:
        has_ended.set()


if __name__ == "__main__":
    main()
