"""A lesson as a package for a learning management system: SCORM 1.2, a zip with a manifest and the page, which reports its score. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier={identifier} version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" \
xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd \
http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="tuiclu">
    <organization identifier="tuiclu">
      <title>{title}</title>
      <item identifier="lesson" identifierref="page"><title>{title}</title></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="index.html"><file href="index.html"/></resource>
  </resources>
</manifest>
"""


def package(title: str, name: str, page: str) -> bytes:
    """Return the package. `page` is a page that looks for the system it runs in; the same run makes the same file, to the byte."""
    identifier = "tuiclu-" + (re.sub("[^A-Za-z0-9._-]", "-", name) or "lesson")
    manifest = _MANIFEST.format(identifier=quoteattr(identifier), title=escape(" ".join(title.split())))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry_name, content in (("imsmanifest.xml", manifest), ("index.html", page)):
            entry = zipfile.ZipInfo(entry_name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode())
    return buffer.getvalue()
