"""The errors of the published client, under the module name that scripts import them from."""

from simvue.errors import SimvueRunError
from simvue.server.refusals import InvalidInputError, ObjectNotFoundError, ServerRefusalError

__all__ = ["InvalidInputError", "ObjectDispatchError", "ObjectNotFoundError", "ServerRefusalError", "SimvueRunError"]


class ObjectDispatchError(ValueError):
    """Items that are sent together exceed what one request may hold.

    It is here for scripts that name it: this package divides requests as needed and does not raise it.
    """

    def __init__(self, label: str, threshold: float, value: float) -> None:
        super().__init__(label, threshold, value)
        self.label, self.threshold, self.value = label, threshold, value

    def __str__(self) -> str:
        return f"{self.label} of {self.value:g} is more than the {self.threshold:g} that one request may hold"
