"""The file of known failures: requirements that a program is known to break, each with its reason.

A line is an ID, then blanks, then the reason; `#` begins a comment. A requirement that is listed and passes is an
error, so that the list never outlives the defect. Tests: tests/conformance/test_known.py.
"""

from collections.abc import Collection

__all__ = ["KnownError", "parse"]


class KnownError(ValueError):
    """The file cannot be used; the text names the line and what to write there."""


def parse(text: str, identifiers: Collection[str]) -> dict[str, str]:
    """Read the file's text.

    Args:
        text: the whole file.
        identifiers: the requirements of the role; another one is an error.

    Raises:
        KnownError: a line without a reason, an ID twice, or an ID that the role does not have.
    """
    known: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        identifier, _, reason = line.partition("#")[0].strip().partition(" ")
        if not identifier:
            continue
        if identifier not in identifiers:
            raise KnownError(
                f"line {number}: {identifier} is no requirement of this role; --list shows those there are"
            )
        if identifier in known:
            raise KnownError(f"line {number}: {identifier} stands there twice; remove one")
        if not reason.strip():
            raise KnownError(f"line {number}: {identifier} needs a reason after it, such as an address of the defect")
        known[identifier] = reason.strip()
    return known
