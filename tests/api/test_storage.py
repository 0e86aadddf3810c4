"""Storages are known to the server by name and kind."""

import pytest

from simvue.api.objects import FileStorage, S3Storage, Storage
from simvue.exception import ObjectNotFoundError

BUCKET = {"bucket": "pail", "endpoint_url": "https://s3.example.org", "access_key_id": "key", "region_name": "here"}


def test_a_bucket_is_created_changed_and_deleted():
    storage = S3Storage.new(name="bucket", secret_access_key="hidden\n", disable_check=True, **BUCKET)
    assert storage.staged["config"]["secret_access_key"] == "hidden"
    storage.commit()

    found = Storage(storage.id)
    assert isinstance(found, S3Storage)
    assert (found.name, found.backend, found.type) == ("bucket", "S3", "s3")
    assert (found.config.bucket, found.config.region_name) == ("pail", "here")
    assert found.config.endpoint_url == "https://s3.example.org/"
    assert (found.is_default, found.is_enabled, found.is_tenant_useable) == (False, True, True)
    storage.is_enabled, storage.config.bucket = False, "bowl"
    storage.commit()
    assert (Storage(storage.id).is_enabled, Storage(storage.id).config.bucket) == (False, "bowl")
    assert Storage(storage.id).config.region_name == "here"
    storage.delete()
    with pytest.raises(ObjectNotFoundError):
        Storage(storage.id)


def test_a_storage_in_files_is_created_and_listed():
    options = {"disable_check": True, "is_tenant_useable": False, "is_enabled": False, "is_default": False}
    storage = FileStorage.new(name="files", **options)
    storage.commit()

    kinds = {key: type(one) for key, one in Storage.get()}
    assert kinds[storage.id] is FileStorage
    assert len(list(Storage.get(count=1))) == 1
    assert FileStorage.count() == len(kinds)
    assert storage.is_tenant_useable is False


def test_an_address_that_is_none_is_refused_at_once():
    with pytest.raises(ValueError, match="no address"):
        S3Storage.new(name="odd", bucket="pail", endpoint_url="s3.example.org")
    assert "hidden" not in repr(S3Storage.new(name="x", secret_access_key="hidden", **BUCKET))
