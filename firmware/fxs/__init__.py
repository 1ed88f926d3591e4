"""The telephone side: adapters, their lines and what happens on them. Knows nothing of calls."""
