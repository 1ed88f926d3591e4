"""What the gateway says of adapters (firmware/fxs) and of a settings file that it could not use (firmware/settings)."""

from firmware.webadmin.language import N_

PATTERNS = (
    N_("no adapter is plugged in"),
    N_("the adapter was unplugged"),
    N_("the adapter has fallen silent"),
    N_("the adapter was restarted"),
    N_("the adapter does not answer"),
    N_("the adapter does not take our data"),
    N_("the adapter is in use by another program"),
    N_("the adapter's device is not there"),
    N_("the adapter's device may not be opened: permission denied"),
    N_("the adapter's device cannot be opened: {}"),
    N_("speaks protocol {}, this box {}"),
    N_("more than {} lines of a kind"),
    N_("it sends garbage"),
    N_("it floods the box with data"),
    N_("it floods the box with events"),
    N_("many of its frames are damaged: is its cable, plug or hub bad?"),
    N_("a fault in the box's own program; see the log"),
    N_("{} is broken: {}; {} in use"),
    N_("{} is broken: {}; {} in use; the broken file is kept as {}"),
    N_(
        "{} is of a newer version of Twinline (schema {}, this version knows {}): it is left alone and nothing can be "
        "changed; {} in use"
    ),
    N_("it is not whole JSON"),
    N_("it holds no settings"),
    N_("it is above {} MiB"),
    N_("the settings before the last change are"),
    N_("the defaults are"),
)
