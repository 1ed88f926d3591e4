"""Measures of the whole box (`make bench`): figures with medians, never a verdict."""
