#!/usr/bin/env python3
"""Reads a journal of another major version, or with features that it does not know, as if it were 1.0."""

from good import read

from simvue_conformance.judge import reading

reading._other_major = reading._unknown_feature = lambda header: None
read()
