"""What can go wrong between two of our processes, classed by what the caller does about it. Knows no wire."""


class Refused(Exception):
    """The asker's doing: the text tells a person what to do otherwise."""


class Fault(Exception):
    """Our doing: the answering side has logged the trace."""


class Unreachable(Exception):
    """Nobody listens, the other side went away, or it does not answer in time."""
