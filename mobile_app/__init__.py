"""What runs on the tablet: windows, and nothing that decides."""

import sys

# Where click and rich are installed, httpx imports its command line with them: a sixth of a start, for nothing.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not to be found
