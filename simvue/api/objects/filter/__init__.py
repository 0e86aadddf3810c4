"""Conditions on lists of objects, joined by *and*."""

from simvue.api.objects.filter.base import RestAPIFilter, Time
from simvue.api.objects.filter.folder import FoldersFilter
from simvue.api.objects.filter.run import RunsFilter, Status

__all__ = ["FoldersFilter", "RestAPIFilter", "RunsFilter", "Status", "Time"]
