"""What all objects of a Simvue server have in common: they are read, staged and committed in one way.

An object that is made from its identifier is fetched and read-only. After ``read_only(False)``, and if it is made
by ``new``, what is assigned to its attributes is staged, and ``commit`` sends it. The attributes of a read-only
object are those of one moment, until ``refresh``; of another object each look asks the server.
Each kind of object declares its own in a module beside this. Tests: ``tests/api/test_base.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from simvue.api.access import configured_api
from simvue.api.objects.arguments import ObjectBatchArgs, Sort, VisibilityBatchArgs, sorting_parameter
from simvue.api.url import URL
from simvue.server.api import Api, path_of
from simvue.server.session import Secret

__all__ = ["ObjectBatchArgs", "SimvueObject", "Sort", "Token", "Visibility", "VisibilityBatchArgs", "refuse_offline"]

Token = str | Secret | None
"""A token as arguments give it: text, or something that hides it."""


def refuse_offline(*, offline: bool) -> None:
    """Refuse what the published client offers and a journal replaces.

    Raises:
        NotImplementedError: `offline` is true.
    """
    if offline:
        raise NotImplementedError(
            "objects of the server cannot be staged offline; record with simvue.Run(mode='offline'), "
            "and simvue_sender creates them"
        )


class SimvueObject:
    """One object on a Simvue server, or one that `commit` will create there."""

    _label: ClassVar[str] = ""
    _path: ClassVar[str] = ""
    _sorting: ClassVar[type[Sort]] = Sort

    def __init__(
        self,
        identifier: str | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        *,
        read_only: bool = True,
        **members: Any,
    ) -> None:
        """Fetch the object of this identifier, or hold `members` of one that a list told of.

        Raises:
            ObjectNotFoundError: there is no such object.
        """
        self._api = configured_api(server_url=server_url, server_token=server_token)
        self._identifier: str | None = members.get("id") if identifier is None else identifier
        self._held: dict[str, Any] | None = dict(members) or None
        self._staged: dict[str, Any] = {}
        self._is_read_only = read_only
        if self._held is None and self._identifier is not None:
            self._held = self._fetched()

    @classmethod
    def of(cls, api: Api, row: Mapping[str, Any] | None = None) -> Self:
        """Return an object of a row of a list, or one to be created, without asking the server."""
        thing = cls.__new__(cls)
        thing._begin(api, row)  # noqa: SLF001 - it is its own class
        return thing

    def _begin(self, api: Api, row: Mapping[str, Any] | None) -> None:
        self._api = api
        self._held = None if row is None else dict(row)
        self._identifier = None if row is None else str(row["id"])
        self._staged = {}
        self._is_read_only = row is not None

    @classmethod
    def _new(cls, server_url: str | None, server_token: Token, *, offline: bool, **members: Any) -> Self:
        """Return a new object with its members staged: those with a setter through it, the others as they are."""
        refuse_offline(offline=offline)
        thing = cls.of(configured_api(server_url=server_url, server_token=server_token))
        for name, value in members.items():
            thing._set(name, value)  # noqa: SLF001 - it is its own class
        return thing

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self._identifier!r})"

    # What the object is and holds

    @classmethod
    def label(cls) -> str:
        """Return the word for the kind of object."""
        return cls._label

    @classmethod
    def endpoint(cls) -> str:
        """Return the path of the kind of object below the API."""
        return cls._path

    @property
    def id(self) -> str | None:
        """The identifier on the server; None until the object is committed."""
        return self._identifier

    @property
    def base_url(self) -> URL:
        """The address of the list of such objects."""
        return URL(self._api.address) / self._path

    @property
    def url(self) -> URL | None:
        """The address of the object; None until it is committed."""
        return None if self._identifier is None else self.base_url / self._identifier

    @property
    def user_config(self) -> Any:
        """The configuration as the published client shows it."""
        from simvue.config.user import SimvueConfiguration  # noqa: PLC0415 - rarely asked for

        return SimvueConfiguration.fetch(mode="online")

    @property
    def is_read_only(self) -> bool:
        """Whether attributes cannot be set."""
        return self._is_read_only

    @property
    def staged(self) -> dict[str, Any]:
        """What was assigned and is not committed, by its name on the server."""
        return dict(self._staged)

    staging = staged

    @property
    def visibility(self) -> "Visibility":
        """Who may see the object."""
        return Visibility(self)

    def get_visibility(self) -> dict[str, Any]:
        """Return who may see the object: `users`, `tenant`, `public`."""
        try:
            known = self._get_attribute("visibility") or {}
        except KeyError:  # a new object has none yet
            known = {}
        return {"users": [], "tenant": False, "public": False, **known}

    def to_dict(self) -> dict[str, Any]:
        """Return the object's members, staged ones included."""
        return {**self._known(), **self._staged}

    # Change

    def read_only(self, is_read_only: bool, *, clear_staged: bool = True) -> None:  # noqa: FBT001 - published so
        """Allow or forbid assignments; what was assigned is forgotten unless `clear_staged` is false."""
        if clear_staged:
            self._staged.clear()
        if is_read_only and not self._is_read_only:
            self._held = None
        self._is_read_only = is_read_only

    def append_to_staging(self, items: Mapping[str, Any]) -> None:
        """Stage members by their names on the server, unchecked."""
        for key, value in items.items():
            self._stage(key, value)

    def refresh(self) -> None:
        """Fetch the object anew; what is staged stays."""
        if self._identifier is not None:
            self._held = self._fetched()

    def commit(self) -> Any:
        """Create the object, or send what is staged; return the server's answer, None if there was nothing to send.

        Raises:
            AttributeError: the object is read-only.
            ValueError: the server refuses the values.
            RuntimeError: it refuses for another reason.
        """
        if self._is_read_only:
            raise AttributeError(f"this {self.label()} is read-only: call read_only(False), assign, then commit")
        if self._identifier is None:
            answer = self._create(dict(self._staged))
            if isinstance(answer, Mapping) and answer.get("id"):
                self._identifier = str(answer["id"])
        elif self._staged:
            answer = self._change(self._own_path(), dict(self._staged))
        else:
            return None
        self._staged.clear()
        self._held = None
        return answer

    def delete(self, **query: Any) -> dict[str, Any]:
        """Delete the object from the server and return the answer.

        Raises:
            RuntimeError: there is none, or the server keeps it.
        """
        answer = self._api.delete(self._own_path(), query=query)
        return dict(answer) if isinstance(answer, Mapping) else {}

    # Lists

    @classmethod
    def get(
        cls,
        *,
        count: int | None = None,
        offset: int | None = None,
        sorting: Sequence[Sort | Mapping[str, Any]] | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[tuple[str, Any]]:
        """Yield identifier and object of those that match, at most `count`, after leaving out `offset`.

        `query` goes to the server as it is, for example `filters=["name contains x"]`.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        query = {**query, "sorting": sorting_parameter(sorting, cls._sorting)}
        for row in api.rows(cls._path, query=query, count=count, start=offset or 0):
            thing = cls._from_row(api, row)
            yield str(row["id"]), thing

    @classmethod
    def _from_row(cls, api: Api, row: Mapping[str, Any]) -> "SimvueObject":
        return cls.of(api, row)

    @classmethod
    def ids(
        cls,
        *,
        count: int | None = None,
        offset: int | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[str]:
        """Yield the identifiers of those that match; parameters as in `get`."""
        found = cls.get(count=count, offset=offset, server_url=server_url, server_token=server_token, **query)
        return (identifier for identifier, _ in found)

    @classmethod
    def count(cls, *, server_url: str | None = None, server_token: Token = None, **query: Any) -> int:
        """Return how many objects match, 0 if none."""
        return configured_api(server_url=server_url, server_token=server_token).total(cls._path, query=query)

    @classmethod
    def batch_create(cls, obj_args: Any, visibility: Any = None, **_options: Any) -> Iterator[str]:
        """Create many objects with one request, for kinds that the server can create so."""
        del obj_args, visibility
        raise NotImplementedError(f"{cls._path} cannot be created in batches")

    # For the kinds of objects

    def _create(self, members: dict[str, Any]) -> Any:
        return self._api.post(self._path, members)

    def _change(self, path: str, members: dict[str, Any]) -> Any:
        return self._api.put(path, members)

    def _own_path(self) -> str:
        if self._identifier is None:
            raise RuntimeError(f"this {self.label()} is not on the server yet: commit it first")
        return path_of(self._path, self._identifier)

    def _fetched(self) -> dict[str, Any]:
        return dict(self._api.get(self._own_path()))

    def _known(self) -> dict[str, Any]:
        """Return the members on the server: of one moment if read-only, else of now."""
        if self._identifier is None:
            return {}
        if not self._is_read_only:
            return self._fetched()
        if self._held is None:
            self._held = self._fetched()
        return self._held

    def _get_attribute(self, attribute: str) -> Any:
        """Return a member: staged, held or fetched; KeyError if there is none of this name."""
        if attribute in self._staged:
            return self._staged[attribute]
        known = self._known()
        if attribute not in known and self._is_read_only and self._identifier is not None:
            self._held = known = {**known, **self._fetched()}  # rows of lists need not be complete
        return known[attribute]

    def _stage(self, key: str, value: object) -> None:
        if self._is_read_only:
            raise AssertionError(f"Cannot set property {key!r} on read-only object of type {self.label()!r}")
        self._staged[key] = value

    def _set(self, name: str, value: object) -> None:
        """Stage through the attribute of this name, which checks the value, or else as it is."""
        declared = getattr(type(self), name, None)
        if getattr(declared, "fset", None) is not None:
            setattr(self, name, value)
        else:
            self._stage(name, value)


class Visibility:
    """Who may see an object besides its owner; each part can be assigned, and is staged."""

    def __init__(self, sv_obj: SimvueObject) -> None:
        self._object = sv_obj

    @property
    def users(self) -> list[str]:
        """Names of users."""
        return list(self._object.get_visibility()["users"])

    @users.setter
    def users(self, names: Sequence[str]) -> None:
        self._stage(users=list(names))

    @property
    def tenant(self) -> bool:
        """Whether all users of the tenant may."""
        return bool(self._object.get_visibility()["tenant"])

    @tenant.setter
    def tenant(self, is_shown: bool) -> None:
        self._stage(tenant=bool(is_shown))

    @property
    def public(self) -> bool:
        """Whether everybody may."""
        return bool(self._object.get_visibility()["public"])

    @public.setter
    def public(self, is_shown: bool) -> None:
        self._stage(public=bool(is_shown))

    def _stage(self, **part: object) -> None:
        self._object.append_to_staging({"visibility": {**self._object.get_visibility(), **part}})
