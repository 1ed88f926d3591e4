"""Real-time scheduling for processes that move audio. Knows not what they do."""

import logging
import os
import resource

_LOG = logging.getLogger(__name__)

_PRIORITY = 10  # above everything ordinary, below the kernel's own threads (50)
# A real-time thread that computes for so long without a pause is told to stop (SIGXCPU): it would starve the box.
_RUNAWAY_US = 2_000_000


def ask_for_real_time() -> bool:
    """Have this process and the threads it starts run before ordinary ones; False where that is not allowed.

    Without it the box works, but a busy page or log rotation can make audio late.
    """
    try:
        resource.setrlimit(resource.RLIMIT_RTTIME, (_RUNAWAY_US, _RUNAWAY_US))
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except (OSError, ValueError) as error:
        _LOG.debug("no real-time scheduling: %s", error)
        return False
    return True
