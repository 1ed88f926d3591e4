"""`twinline messages`: says how many messages wait for an extension, for mailboxes that the box does not know."""

import argparse

from firmware.commands import OK
from firmware.commands.say import say
from firmware.folder import Folder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add arguments."""
    parser.add_argument("extension", metavar="EXTENSION", help="whose message light it is")
    parser.add_argument("new", metavar="NEW", type=int, help="messages nobody has heard yet; 0 puts the light out")
    parser.add_argument("old", metavar="OLD", type=int, nargs="?", default=0, help="heard ones that are kept")


def run(arguments: argparse.Namespace) -> int:
    """Tell the gateway."""
    from firmware.control import ControlClient

    with ControlClient(Folder(arguments.config).gateway_socket) as gateway:
        gateway.call("messages.set", extension=arguments.extension, new=arguments.new, old=arguments.old)
    say(f"extension {arguments.extension}: {arguments.new} new, {arguments.old} old")
    return OK
