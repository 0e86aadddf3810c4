"""Benchmarks as ratios: each figure and what it is held against are measured side by side in one run.

`python -m tests.bench` prints them with their limits and exits 1 if one is missed. Machines are noisy, so rounds of
the two sides alternate and the medians are compared. No test depends on them.
"""
