#!/usr/bin/env python3
"""Never comes back to the record that could not be written.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def write(self, line):
        had_failed = self.needs_guard
        is_written = super().write(line)
        if self.needs_guard and not had_failed:
            del self.waiting[0]
        return is_written


if __name__ == "__main__":
    main(Broken)
