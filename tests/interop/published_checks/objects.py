"""Storages and statistics of the low-level objects."""

from common import bare_run, fresh

import simvue
from simvue.api.objects import FileStorage, S3Storage, Stats, Storage


def check_a_file_storage() -> None:
    storage = FileStorage.new(
        name=fresh("disk"), disable_check=True, is_tenant_useable=False, is_enabled=True, is_default=False
    )
    storage.commit()
    again = Storage(storage.id)
    assert isinstance(again, FileStorage)
    assert (again.name, again.backend, again.is_enabled, again.is_default) == (storage.name, "File", True, False)
    assert again.created
    change = FileStorage(storage.id)
    change.read_only(False)
    change.name = fresh("renamed")
    change.is_enabled = False
    change.commit()
    assert not Storage(storage.id).is_enabled
    assert storage.id in {identifier for identifier, _ in Storage.get()}
    assert len(list(Storage.get(count=1))) == 1
    change.delete()
    assert storage.id not in {identifier for identifier, _ in Storage.get()}


def check_an_s3_storage() -> None:
    storage = S3Storage.new(
        name=fresh("s3"),
        bucket="bucket",
        endpoint_url="https://s3.example.org",
        region_name="fictionsville",
        access_key_id="key",
        secret_access_key="not tested",
        disable_check=True,
        is_tenant_useable=False,
        is_default=False,
        is_enabled=True,
    )
    storage.commit()
    again = Storage(storage.id)
    assert isinstance(again, S3Storage)
    assert again.config.bucket == "bucket"
    assert str(again.config.endpoint_url) == "https://s3.example.org/"
    assert again.config.region_name == "fictionsville"
    assert again.to_dict()
    S3Storage(storage.id).delete()


def check_statistics() -> None:
    bare_run(status="running")
    stats = Stats()
    assert stats.whoami() == {"user": "user01", "tenant": "tenant01"}
    assert stats.runs.created >= 0
    assert stats.runs.running >= 1
    assert stats.runs.completed >= 0
    assert stats.runs.data >= 0


def check_the_paging_helpers() -> None:
    made = {bare_run().id for _ in range(3)}
    kind = simvue.api.objects.Run
    assert made <= set(kind.ids())
    assert kind.count() >= 3
    assert len(list(kind.get(count=2))) >= 2
    assert len(list(kind.get(count=2, offset=1))) >= 2
