"""How often a tablet's process looks for garbage."""

import gc

# One screen is 200,000 objects that stay. By Python's own measure (700, 10, 10) they were walked through
# five hundred times while it was made, beside the customers that the search holds and the page being read.
BETWEEN_COLLECTIONS = (50_000, 20, 20)


def collect_seldom() -> None:
    """Let this process look for unreachable objects as seldom as a tablet does, in the app and in benches."""
    gc.set_threshold(*BETWEEN_COLLECTIONS)
