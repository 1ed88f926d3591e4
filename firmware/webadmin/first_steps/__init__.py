"""From a new box to one that can call."""
