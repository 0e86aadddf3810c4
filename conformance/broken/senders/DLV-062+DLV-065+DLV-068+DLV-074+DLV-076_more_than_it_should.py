#!/usr/bin/env python3
"""Sends each change with what else it knows.

Seen in: kinds.
"""

from good import bodies, main


def richer(request, value):
    if request.method == "PUT" and "description" in value:
        return {**value, "name": "every kind"}
    if request.method == "PUT" and "metadata" in value:
        return {**value, "tags": ["red", "green"]}
    if "/status/" in request.path:
        return {"status": "ok"}
    if request.path == "/grids":
        return {**value, "labels": value["labels"][::-1]}
    if request.path == "/events":
        return {
            **value,
            "events": [{**each, "message": each["message"].replace("37", "some")} for each in value["events"]],
        }
    return value


bodies(richer)


if __name__ == "__main__":
    main()
