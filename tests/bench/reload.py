"""Reloads the page without a pause until it is ended; prints how often. Arguments: its address, its files."""

import http.client
import signal
import sys
import threading
from urllib.parse import urlsplit

_FILES = ("/", "/static/page.css", "/static/live.js", "/static/listen.js", "/parts")


def main() -> None:
    """Until SIGTERM."""
    place = urlsplit(sys.argv[1])
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    count = 0
    while not is_over.is_set():
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        for path in _FILES:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status} {answer.reason}")
        connection.close()
        count += 1
        print(count, flush=True)


if __name__ == "__main__":
    main()
