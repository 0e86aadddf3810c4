#!/usr/bin/env python3
"""Reads whatever lies among the journals, links too.

Seen in: links.
"""

from good import CACHE, main

for path in (CACHE / "journals").iterdir():
    if path.is_file() and not path.name.startswith("seen-"):
        content = path.read_bytes()
        copy = path.with_name(f"seen-{hash(content) % 10**6}.jsonl")
        if not path.name.startswith("good"):
            path.unlink()
            copy.write_bytes(content)


if __name__ == "__main__":
    main()
