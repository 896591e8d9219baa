"""Files that people send: none is read that says beforehand that it is too large."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# Above what any form takes, so that a photo a little too large gets a sentence beside its field.
BODY_MAX = 16 * 1024 * 1024  # bytes


class RefuseHuge(FileUploadHandler):
    """Stands before the handlers that keep files; a body is never longer than it said."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raise RequestDataTooBig (400) for a body over BODY_MAX bytes, before it is read."""
        if content_length > BODY_MAX:
            raise RequestDataTooBig(f"More than {BODY_MAX} bytes were sent.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
