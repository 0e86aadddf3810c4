"""The vectors of the specification, all in one cache: what a sender's reader makes of damaged bytes.

Tests: tests/conformance/sender/test_scenes.py.
"""

import json
from collections.abc import Iterator

import simvue_spec
from simvue_conformance.judge import Judgement, judge
from simvue_conformance.sender.scene import Scene

__all__ = ["vectors"]

CHAPTERS = ("damaged", "valid/framing", "valid/sequence", "valid/journal")
NAMES = {"REC-011", "REC-036", "REC-130"}
"""Findings about names that a server can refuse: then there is nothing to compare."""
PLAIN = {"run", "status", "tags", "metadata", "metrics", "events"}


def _journals() -> Iterator[tuple[str, bytes, Judgement]]:
    """Yield the vectors that the reference server takes whole, as live journals, with what the judge says."""
    for vector in simvue_spec.vectors():
        chapter, _, name = vector.path.rpartition("/")
        if chapter not in CHAPTERS:
            continue
        judgement = judge(vector.journal, live=True)
        members = {member for member, value in judgement.projection.items() if value not in ({}, [], None)}
        findings = {finding.requirement for finding in judgement.findings}
        if judgement.header is not None and members <= PLAIN and not findings & NAMES:
            yield name, vector.journal, judgement


def _named(data: bytes, judgement: Judgement, name: str) -> bytes | None:
    """Give the journal an identity and a run key of its own; None where its header is not written plainly."""
    header = judgement.records[0]
    other = header.raw
    for member, value in (("journal", f"vector-{name}"), ("run", name)):
        old = f'"{member}":{json.dumps(header.value[member])}'.encode()
        if other.count(old) != 1:
            return None
        other = other.replace(old, f'"{member}":"{value}"'.encode())
    return data.replace(header.raw, other)


def vectors(scene: Scene) -> None:
    """Deliver vectors: what the judge accepts of each is held, and nothing else."""
    for name, data, judgement in _journals():
        key = name[:50]
        named = _named(data, judgement, key)
        if named is None:
            continue
        if not any(record.value["kind"] == "run" for record in judgement.records):
            scene.cache.journal(f"{key}.run", run=key).add("run", folder="/vectors")
        scene.cache.put(key, named, run=key)
    scene.finish()
    scene.look(without=["name"])
