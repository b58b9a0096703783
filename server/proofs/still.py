"""Settings of a server that does nothing by itself, so that a proof sees what its own requests do."""

import os
from typing import Any, Final

import msgspec

from server.settings import Settings

_STILL: Final[dict[str, Any]] = {
    "password_memory_kib": 64,
    "password_rounds": 1,
    "extraction_caps": False,
    "build_snapshots_s": 0,
    "follow_identity_s": 0,
    "imports_s": 0,
    "policy_cut_s": 0,
    "seal_audit_s": 0,
    "send_s": 0,
    "sweep_s": 0,
    "take_in_s": 0,
    "webhooks_s": 0,
}


def still(database_url: str, **otherwise: Any) -> Settings:
    """Return settings with a fresh secret, a cheap password hash, no caps and no background work.

    Args:
        otherwise: settings by name that this proof wants different.
    """
    settings = Settings(database_url=database_url, secret=os.urandom(32))
    return msgspec.structs.replace(settings, **{**_STILL, **otherwise})
