#!/usr/bin/env python3
"""Goes by its option alone: what follows the `end` record of a live journal stays pending."""

from good import read

from simvue_conformance.judge.reading import _Reading

right = _Reading._take_end


def take_end(self, line, value):
    live = self._live
    right(self, line, value)
    self._live = live


_Reading._take_end = take_end
read()
