"""Office files without dates: the same contents give the same bytes.

In and out: the bytes of a .docx, .pptx or .xlsx file, which is a zip archive.
"""

from __future__ import annotations

import io
import re
import zipfile

__all__ = ["dateless"]

#: The earliest date that a zip archive can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def dateless(data: bytes) -> bytes:
    """The archive with every member dated to the epoch of zip archives, and its properties too."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "docProps/core.xml":
                content = _DATED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)
            plain = zipfile.ZipInfo(member.filename, EPOCH)
            plain.compress_type = zipfile.ZIP_DEFLATED
            plain.external_attr = 0o600 << 16
            new.writestr(plain, content)
    return stream.getvalue()
