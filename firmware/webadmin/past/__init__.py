"""Calls there were, and how everything fared."""
