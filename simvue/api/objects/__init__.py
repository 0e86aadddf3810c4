"""The objects of a Simvue server, to be created, read, changed and deleted one by one.

A script that records a simulation uses ``simvue.Run`` instead, which needs no network; one that looks at results
finds ``simvue.Client`` shorter. Everything here asks the server at once, and raises what it answers.
"""

from simvue.api.objects.administrator import Tenant, User
from simvue.api.objects.alert import Alert, EventsAlert, MetricsRangeAlert, MetricsThresholdAlert, UserAlert
from simvue.api.objects.artifact import Artifact, FileArtifact, ObjectArtifact
from simvue.api.objects.events import Events
from simvue.api.objects.folder import Folder, get_folder_from_path
from simvue.api.objects.grids import Grid, GridMetrics
from simvue.api.objects.metrics import Metrics
from simvue.api.objects.run import Run
from simvue.api.objects.stats import Stats
from simvue.api.objects.storage import FileStorage, S3Storage, Storage
from simvue.api.objects.tag import Tag

__all__ = [
    "Alert",
    "Artifact",
    "Events",
    "EventsAlert",
    "FileArtifact",
    "FileStorage",
    "Folder",
    "Grid",
    "GridMetrics",
    "Metrics",
    "MetricsRangeAlert",
    "MetricsThresholdAlert",
    "ObjectArtifact",
    "Run",
    "S3Storage",
    "Stats",
    "Storage",
    "Tag",
    "Tenant",
    "User",
    "UserAlert",
    "get_folder_from_path",
]
