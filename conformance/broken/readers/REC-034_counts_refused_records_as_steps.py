#!/usr/bin/env python3
"""Counts dead letters among the metrics records whose number is the step."""

from dataclasses import replace

from good import read

from simvue_conformance.judge.projection import project


def after(judgement, content, live):
    """Project the records with steps that count too much."""
    dead = [number for number, entry in enumerate(judgement.entries, 1) if entry.verdict == "dead"]
    records, count = [], 0
    for record in judgement.records:
        value = dict(record.value)
        if value["kind"] == "metrics":
            value.setdefault("step", count + sum(number < record.line for number in dead))
            count += 1
        records.append(replace(record, value=value))
    return replace(judgement, projection=project(records))


read(after=after)
