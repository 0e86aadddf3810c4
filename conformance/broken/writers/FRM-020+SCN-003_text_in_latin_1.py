#!/usr/bin/env python3
"""Writes text in the encoding of its author's machine.

Seen in: text.
"""

import json

from good import Journal, main


class Broken(Journal):
    def encode(self, kind, members, at):
        line = self.json({"kind": kind, "seq": self.number(), "at": at, **members}).encode("latin-1", "replace")
        return line + b"\n" if kind == "header" else self.checksummed(line)

    def json(self, record):
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main(Broken)
