"""Alerts: rules that the server checks on the runs they are attached to, or states that a program sets."""

from simvue.api.objects.alert.events import EventsAlert
from simvue.api.objects.alert.fetch import Alert
from simvue.api.objects.alert.metrics import MetricsRangeAlert, MetricsThresholdAlert
from simvue.api.objects.alert.user import UserAlert

__all__ = ["Alert", "EventsAlert", "MetricsRangeAlert", "MetricsThresholdAlert", "UserAlert"]
