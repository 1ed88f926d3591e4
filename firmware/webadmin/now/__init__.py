"""What the box does now, kept fresh."""
