"""`twinline test`: makes a test call, and prints each hop as it comes."""

import argparse

from firmware.commands import OK, REFUSED
from firmware.commands.say import say
from firmware.folder import Folder

_SIGNS = {"done": "ok", "failed": "STOPPED", "waiting": "...", "skipped": "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    kinds = parser.add_subparsers(dest="kind", metavar="ring|echo|incoming", required=True)
    ring = kinds.add_parser("ring", help="ring a telephone", allow_abbrev=False)
    ring.add_argument("telephone", metavar="N", help="its socket, or an extension of IP telephones")
    echo = kinds.add_parser("echo", help="call the echo test of the box, or one outside", allow_abbrev=False)
    echo.add_argument("trunk", nargs="?", default="", metavar="TRUNK", help="go out by this one alone")
    echo.add_argument("--number", default="", metavar="N", help="of an echo test outside, as a telephone dials it")
    incoming = kinds.add_parser("incoming", help="simulate a call from outside", allow_abbrev=False)
    incoming.add_argument("trunk", nargs="?", default="", metavar="TRUNK", help="by which it comes in (the first)")
    incoming.add_argument("number", nargs="?", default="", metavar="NUMBER", help="that is called")
    incoming.add_argument("--caller", default="", metavar="N", help="who calls; `anonymous` hides")


def run(arguments: argparse.Namespace) -> int:
    """Print the hops; 1 where the call stopped on its way. Ctrl-C ends the call."""
    from firmware.control import ControlClient

    names = ("telephone", "trunk", "number", "caller")
    asked = {name: getattr(arguments, name) for name in names if getattr(arguments, name, "")}
    client = ControlClient(Folder(arguments.config).gateway_socket)
    has_failed = False
    with client.stream("test.run", kind=arguments.kind, **asked) as hops:
        for hop in hops:
            if isinstance(hop, dict):
                has_failed = has_failed or hop.get("state") == "failed"
                sign = _SIGNS.get(str(hop.get("state")), "")
                say(f"{sign:<8}{hop.get('hop', ''):<10} {hop.get('text', '')}".rstrip())
    return REFUSED if has_failed else OK
