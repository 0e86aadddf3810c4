"""Processes that are forks of the test."""

import multiprocessing

FORK = multiprocessing.get_context("fork")


def run_to_the_end(*processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]
