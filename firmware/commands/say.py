"""Where commands speak: results on stdout, complaints on stderr. Knows no command."""

import sys


def say(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """A line about what went wrong."""
    sys.stderr.write(f"twinline: {text}\n")
    sys.stderr.flush()
