"""The box as a whole."""
