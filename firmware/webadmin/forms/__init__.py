"""A page for every setting, made of its declaration."""
