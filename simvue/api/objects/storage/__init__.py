"""Storages: where the server keeps the content of artifacts."""

from simvue.api.objects.storage.fetch import Storage
from simvue.api.objects.storage.file import FileStorage
from simvue.api.objects.storage.s3 import S3Storage

__all__ = ["FileStorage", "S3Storage", "Storage"]
