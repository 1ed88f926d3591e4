"""Peers, sounds and waits for the tests. Nothing here knows how the firmware works inside."""
