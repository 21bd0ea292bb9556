"""Whole checkpoints through the quantizer and back: what the commands do."""
