"""Notebooks -> site."""

import sys

# Only checks formats that notebooks do not have, and takes a second to import wherever nbformat is.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
