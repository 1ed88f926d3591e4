"""What hangs on the exchange's four seams: one file a feature, none of which imports another."""
