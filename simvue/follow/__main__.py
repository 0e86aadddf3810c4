"""`python -m simvue.follow` is the command `simvue-follow`."""

from simvue.follow.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
