"""Calls that the box makes to find out whether it works: told hop by hop, in words."""
