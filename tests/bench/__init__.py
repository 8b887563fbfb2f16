"""Ratios and error counts that need many runs: `python -m tests.bench [name ...]`."""
