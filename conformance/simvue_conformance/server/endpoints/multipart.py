"""Finds the part `file` in an uploaded form, without touching threads or temporary files.

Tests: tests/conformance/server/test_artifacts.py.
"""

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

__all__ = ["FormError", "uploaded_file"]


class FormError(Exception):
    """The body is no form, or has no part `file`."""


class _Parts:
    """Collects the parts of a form as the parser comes upon them."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self._header, self._value, self._name, self._content = bytearray(), bytearray(), "", bytearray()

    def begin(self) -> None:
        self._name, self._content = "", bytearray()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode(errors="replace")
        self._header, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def end(self) -> None:
        self.contents[self._name] = bytes(self._content)


def uploaded_file(body: bytes, content_type: str) -> bytes:
    """Return the content of the part `file`. Raises FormError."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise FormError("must be multipart/form-data with a boundary")
    parts = _Parts()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": parts.begin,
            "on_part_data": parts.data,
            "on_part_end": parts.end,
            "on_header_field": parts.header_field,
            "on_header_value": parts.header_value,
            "on_header_end": parts.header_end,
        },
    )
    try:
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise FormError(f"is not a whole form: {error}") from error
    if "file" not in parts.contents:
        raise FormError("must have a part named file")
    return parts.contents["file"]
