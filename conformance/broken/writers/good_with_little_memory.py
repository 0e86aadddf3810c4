#!/usr/bin/env python3
"""Correct: holds some thirty records while the disk is full, drops the oldest metrics, and says how many."""

from good import Journal, main


class Little(Journal):
    memory = 30 * 150


if __name__ == "__main__":
    main(Little)
