"""`twinline`, and `python -m firmware`: hands over to the command. Knows none of them."""

import sys

from firmware.commands import main

if __name__ == "__main__":
    sys.exit(main())
