#!/usr/bin/env python3
"""Sends batches before what stands between them.

Seen in: ordered.
"""

from good import main

from simvue.core.batching import Batch
from simvue.delivery import journals

in_order = journals.plan
journals.plan = lambda *given, **named: sorted(in_order(*given, **named), key=lambda part: not isinstance(part, Batch))


if __name__ == "__main__":
    main()
