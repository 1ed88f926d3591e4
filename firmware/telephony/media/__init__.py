"""What can be heard: the bridge, and the sources on it. Knows no call."""
