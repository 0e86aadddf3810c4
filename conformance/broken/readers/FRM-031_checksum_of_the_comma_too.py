#!/usr/bin/env python3
"""Computes the checksum over the comma before it as well."""

import re

from good import read

from simvue_conformance.judge import members

members._CHECKSUM = re.compile(rb'(?<=,)"crc":"([0-9a-f]{8})"\}\Z')
read()
