"""docs/adapter-protocol.md as frozen values and their bytes, for both ends. Knows no device and no telephone."""
