#!/usr/bin/env python3
"""Uploads with the token.

Seen in: uploads.
"""

from dataclasses import replace

from good import TOKEN, main, requests


def openly(request, send):
    if request.is_absolute:
        return send(replace(request, headers=(*request.headers, ("Authorization", f"Bearer {TOKEN}"))))
    return send(request)


requests(openly)


if __name__ == "__main__":
    main()
