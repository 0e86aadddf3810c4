#!/usr/bin/env python3
"""Takes no notice of server_id.

Seen in: attached.
"""

from good import main

from simvue.delivery.os_world import OsWorld

read = OsWorld.read
OsWorld.read = lambda world, path, *given: read(world, path, *given).replace(b'"server_id"', b'"server-id"')


if __name__ == "__main__":
    main()
