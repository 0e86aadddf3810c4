"""Artifacts: files and objects that the server keeps for runs."""

from simvue.api.objects.artifact.fetch import Artifact
from simvue.api.objects.artifact.file import FileArtifact
from simvue.api.objects.artifact.object import ObjectArtifact

__all__ = ["Artifact", "FileArtifact", "ObjectArtifact"]
