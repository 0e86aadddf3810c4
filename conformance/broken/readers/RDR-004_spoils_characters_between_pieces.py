#!/usr/bin/env python3
"""Decodes pieces of 64 KiB each by itself, and spoils a character that lies in two of them."""

from good import read

PIECE = 1 << 16


def before(content):
    """Put what a decoder makes of half a character, one byte of it at least, where it is in two pieces."""
    spoilt = bytearray(content)
    for place in range(PIECE, len(content), PIECE):
        if content[place] & 0xC0 == 0x80:
            spoilt[place] = 0xFF
    return bytes(spoilt)


read(before=before)
