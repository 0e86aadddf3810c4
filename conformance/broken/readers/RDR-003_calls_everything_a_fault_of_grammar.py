#!/usr/bin/env python3
"""Names FRM-001 for whatever is wrong with the text of a line."""

from dataclasses import replace

from good import read, summed


def after(judgement, content, live):
    """Name FRM-001 for FRM-020 to FRM-029."""
    named = [replace(one, requirement="FRM-001") if of_text(one) else one for one in judgement.entries]
    return summed(
        judgement, named, [replace(one, requirement="FRM-001") if of_text(one) else one for one in judgement.findings]
    )


def of_text(one):
    """Whether a requirement of the section on text is named."""
    return (one.requirement or "").startswith("FRM-02")


read(after=after)
