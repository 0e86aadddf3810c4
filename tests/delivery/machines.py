"""Another machine on the same files, and what is in the folder of leases; for the tests of leases."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH103, PTH208

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from simvue.core.lease import (
    Holder,
    encode_claim,
    encode_release,
    name_of,
)
from simvue.delivery.os_world import OsWorld


class OtherMachine(OsWorld):
    """The same files seen from another machine: other facts about itself, clocks set otherwise."""

    def __init__(self, host="login2", *, wrong_by=timedelta(0), booted_earlier=0.0):
        super().__init__()
        self._host, self._wrong_by, self._booted_earlier = host, wrong_by, booted_earlier
        self.waited = 0.0

    def identity(self):
        return replace(super().identity(), host=self._host, boot_id=f"boot of {self._host}")

    def now(self):
        return super().now() + self._wrong_by

    def boottime(self):
        return super().boottime() + self._booted_earlier + self.waited


def epochs(cache):
    return sorted(os.listdir(f"{cache}/sender/lease"))


def write_epoch(cache, epoch, *, at, released=True):
    os.makedirs(f"{cache}/sender/lease", exist_ok=True)
    identity = OtherMachine("login9").identity()
    data = encode_claim(epoch, Holder(identity=identity, token=f"t{epoch}", at=at))
    Path(f"{cache}/sender/lease/{name_of(epoch)}").write_bytes(data + (encode_release(at) if released else b""))
