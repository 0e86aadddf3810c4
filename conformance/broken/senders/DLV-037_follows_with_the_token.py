#!/usr/bin/env python3
"""Goes where a redirection leads, token in hand.

Seen in: redirected.
"""

import requests as http
from good import TOKEN, main, requests


def follow(request, send):
    answer = send(request)
    if 300 <= answer.status < 400:
        http.post(
            answer.headers["location"], data=request.body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9
        )
    return answer


requests(follow)


if __name__ == "__main__":
    main()
