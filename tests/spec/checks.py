"""The checks of the specification's own files, as functions from texts to lists of faults.

A function that returns an empty list found nothing wrong. Which files are checked is for the tests to say, and
each test has a counterpart with a planted fault. Tests: the other files of this folder.
"""

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from simvue_spec import Vector
from simvue_spec.register import keywords, paragraphs

PROJECT = Path(__file__).parents[2]
SPECIFICATION = PROJECT / "spec"

CHAPTERS = ("JRN", "FRM", "REC", "SEQ", "WRT", "RDR", "DLV", "PTH")
IDENTIFIER = re.compile(rf"\b(?:{'|'.join(CHAPTERS)})-[0-9]{{3}}\b")
BEGINS_WITH_IDENTIFIER = re.compile(r"\*\*([A-Z]{3}-[0-9]{3})\*\*\s")
MARK = re.compile(r"mark\.requirement\(([^)]*)\)")
FENCE = re.compile(r"^```json ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ENVELOPE = ("kind", "seq", "at", "crc")

BANNED = ("segment", "uploader", "dispatcher", "bookmark", "cursor", "emitter", "consumer", "chunk", "payload")
"""Words for which the specification has another one: those of `terms.md`."""

SCHEMA_KEYWORDS = frozenset(
    [
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "type",
        "required",
        "properties",
        "enum",
        "const",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "items",
        "minItems",
        "maxItems",
        "minProperties",
        "propertyNames",
        "additionalProperties",
        "oneOf",
        "allOf",
        "if",
        "then",
        "else",
        "dependencies",
    ]
)
"""What both validators enforce alike; `test_schemas.py` shows it keyword by keyword."""

CITING = (".md", ".py", ".json", ".c", ".h", ".f90", ".sh", ".toml", ".yml", ".txt")
UNREAD = ("__pycache__", "site", "dist", "build", "node_modules")


def prose() -> dict[str, str]:
    """Return the text of every Markdown file of the specification by its path."""
    return {
        path.relative_to(SPECIFICATION).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SPECIFICATION.rglob("*.md"))
    }


def sources() -> dict[str, str]:
    """Return the text of every file of the project that can cite a requirement, by its path."""
    return {
        path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in _files(PROJECT)
        if path.suffix in CITING
    }


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in UNREAD:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


# The prose


def repeated_identifiers(texts: Mapping[str, str]) -> list[str]:
    found = (BEGINS_WITH_IDENTIFIER.match(part) for text in texts.values() for part in paragraphs(text))
    count = Counter(match[1] for match in found if match)
    return [f"{name} stands {times} times" for name, times in count.items() if times > 1]


def keyword_faults(texts: Mapping[str, str]) -> list[str]:
    """Return requirements without exactly one keyword, and keywords outside of requirements."""
    faults = []
    for path, text in texts.items():
        for part in paragraphs(text):
            count, match = len(keywords(part)), BEGINS_WITH_IDENTIFIER.match(part)
            if match and count != 1 and "*Withdrawn in " not in part:
                faults.append(f"{path}: {match[1]} has {count} keywords")
            if not match and count and "BCP 14" not in part:
                faults.append(f"{path}: a keyword outside of a requirement: {part[:60]}")
    return faults


def dead_links(texts: Mapping[str, str], base: Path = SPECIFICATION) -> list[str]:
    """Return relative links whose target does not exist."""
    return [
        f"{path}: {target}"
        for path, text in texts.items()
        for target in LINK.findall(text)
        if "://" not in target and not (base / path).parent.joinpath(target).exists()
    ]


def banned_words(texts: Mapping[str, str]) -> list[str]:
    return [
        f"{path}: {word}"
        for path, text in texts.items()
        for word in BANNED
        if re.search(rf"\b{word}s?\b", text, re.IGNORECASE)
    ]


def examples(text: str) -> list[tuple[str, str]]:
    """Return the label and the content of each block of JSON."""
    return [(label, content) for label, content in FENCE.findall(text)]


def checksum_fault(line: str) -> str | None:
    """Return what is wrong with the checksum of a record, if it has one."""
    head, comma, tail = line.rpartition(',"crc":"')
    if not comma:
        return None
    expected = f"{zlib.crc32(head.encode()):08x}"
    return None if tail == f'{expected}"}}' else f"the checksum is {expected}, not {tail[:8]}"


# The register and who cites it


def vector_citations(vectors: Iterable[Vector]) -> set[str]:
    return {name for vector in vectors for name in vector.requirements}


def mark_citations(texts: Mapping[str, str]) -> set[str]:
    """Return what the tests and the checks of the suite say that they observe."""
    marks = (mark for path, text in texts.items() if path.endswith(".py") for mark in MARK.findall(text))
    return {name for mark in marks for name in IDENTIFIER.findall(mark)}


def untraced(known: Iterable[str], cited: set[str], waived: Mapping[str, str]) -> list[str]:
    """Return requirements that nothing observes and nobody waived."""
    return [name for name in known if name not in cited and name not in waived]


def waiver_faults(known: Iterable[str], cited: set[str], waived: Mapping[str, str]) -> list[str]:
    names = set(known)
    faults = [f"{name} is waived and observed" for name in waived if name in cited]
    faults += [f"{name} is waived without a reason" for name, reason in waived.items() if not reason.strip()]
    return faults + [f"{name} is waived and unknown" for name in waived if name not in names]


def unknown_citations(known: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    names = set(known)
    return [
        f"{path}: {name}"
        for path, text in texts.items()
        for name in sorted(set(IDENTIFIER.findall(text)))
        if name not in names
    ]


# The schemas


def subschemas(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schema and all within it, each with its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in ("items", "additionalProperties", "propertyNames", "if", "then", "else"):
        yield from subschemas(schema.get(keyword), f"{place}/{keyword}")
    for name, inner in schema.get("properties", {}).items():
        yield from subschemas(inner, f"{place}/properties/{name}")
    for keyword in ("oneOf", "allOf"):
        for number, inner in enumerate(schema.get(keyword, [])):
            yield from subschemas(inner, f"{place}/{keyword}/{number}")


def foreign_keywords(schema: dict[str, Any]) -> list[str]:
    return [
        f"{place}/{keyword}"
        for place, inner in subschemas(schema)
        for keyword in inner
        if keyword not in SCHEMA_KEYWORDS
    ]


def undescribed(schema: dict[str, Any]) -> list[str]:
    """Return the properties without a description; the conditions of an `if` need none."""
    return [
        f"{place}/{name}"
        for place, inner in subschemas(schema)
        if not place.endswith("/if")
        for name, described in inner.get("properties", {}).items()
        if not described.get("description")
    ]


def comment_faults(schema: dict[str, Any], known: Iterable[str]) -> list[str]:
    """Return properties without the identifier they implement, and identifiers that do not exist."""
    names, faults = set(known), []
    for place, inner in subschemas(schema):
        cited = inner.get("$comment", "")
        faults += [f"{place}: {name} is unknown" for name in re.split(r"[,\s]+", cited) if cited and name not in names]
        if not place.endswith("/if"):
            members = inner.get("properties", {}).items()
            faults += [f"{place}/{name}: no requirement" for name, member in members if "$comment" not in member]
    return faults


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def described_members(text: str) -> dict[str, bool]:
    """Return the members that requirements introduce with their type, and whether each is required."""
    members: dict[str, bool] = {}
    for names, kind in re.findall(r"((?:`\w+` and )?`\w+`) \*([^*]+)\*", text):
        for name in re.findall(r"\w+(?=`)", names):
            members[name] = "required" in kind
    return members


def member_faults(schema: dict[str, Any], text: str) -> list[str]:
    """Return in what the members of a schema differ from those of the prose."""
    members = [name for name in schema["properties"] if name not in ENVELOPE]
    required = [name for name in schema["required"] if name not in ENVELOPE]
    described = {name: needed for name, needed in described_members(text).items() if name not in ENVELOPE}
    faults = [f"{name} is not in the prose" for name in members if f"`{name}`" not in text]
    faults += [f"{name} is not in the schema" for name in described if name not in members]
    faults += [f"{name} is required by the schema alone" for name in required if not described.get(name)]
    needed = (name for name, needed in described.items() if needed and name not in required)
    return faults + [f"{name} is required by the prose alone" for name in needed]


# The vectors


def entry_faults(vector: Vector) -> list[str]:
    """Return where entries do not cover the journal line by line, or the accounting does not add up."""
    offset, faults, expected = 0, [], vector.expected
    sums: Counter[str] = Counter()
    for verdict, start, length, requirement in expected["entries"]:
        line = vector.journal[start : start + length]
        if start != offset:
            faults.append(f"the entry at {start} does not begin at {offset}")
        if verdict != "pending" and b"\n" in line[:-1]:
            faults.append(f"the entry at {start} has several lines")
        if not line.endswith(b"\n") and start + length != len(vector.journal):
            faults.append(f"the entry at {start} ends inside a line")
        if (verdict == "dead") != (requirement is not None):
            faults.append(f"the entry at {start} is {verdict} with {requirement}")
        sums[{"hole": "holes", "separator": "separators"}.get(verdict, verdict)] += length
        offset = start + length
    if offset != len(vector.journal):
        faults.append(f"entries end at {offset} of {len(vector.journal)} bytes")
    stated = {name: size for name, size in expected["accounting"].items() if size}
    return faults if stated == dict(sums) else [*faults, f"accounting {stated} is not {dict(sums)}"]


def finding_faults(vector: Vector) -> list[str]:
    """Return where findings do not fit the entries, or the folder that the vector lies in."""
    expected = vector.expected
    errors = [
        (finding["line"], finding["requirement"]) for finding in expected["findings"] if finding["severity"] == "error"
    ]
    faults = [
        f"line {line} is dead without a finding"
        for line, (verdict, _, _, requirement) in enumerate(expected["entries"], 1)
        if verdict == "dead" and (line, requirement) not in errors
    ]
    if expected["valid"] == bool(errors):
        faults.append(f"valid is {expected['valid']} with {len(errors)} errors")
    if vector.group == "valid" and errors:
        faults.append("a valid journal has errors")
    if vector.group == "invalid" and [(vector.line, *vector.requirements)] != errors:
        faults.append(f"line {vector.line} and {vector.requirements} are not {errors}")
    return faults


def refused_by(validators: Mapping[str, Any], kind: str, record: dict[str, Any]) -> set[str]:
    """Return the names of the validators that refuse a record; each is a function by kind that raises or not."""
    refusing = set()
    for name, (validate, error) in validators.items():
        try:
            validate(kind, record)
        except error:
            refusing.add(name)
    return refusing


def strict_object(line: bytes) -> dict[str, Any] | None:
    """Return the object on a line, or nothing where the line breaks the grammar of JSON."""
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
