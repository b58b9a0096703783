"""Every flow: what the tablet does that must be whole or undone, prepared, done, and judged after a kill."""

from tests.crash.flow import Flow
from tests.crash.session_flows import (
    ChoosePin,
    Enrol,
    FirstSignIn,
    LastWrongTry,
    OldVault,
    RenewLease,
    SignInAgain,
    Wipe,
    WrongTry,
)
from tests.crash.store_flows import (
    Edit,
    Encrypt,
    Erase,
    Migrate,
    PullApply,
    Purge,
    PushSettle,
    Recover,
    SnapshotLoad,
)

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Edit(), PushSettle(), PullApply(), Purge(), Erase(), SnapshotLoad(), Migrate(), Encrypt(), Recover(),
        Enrol(),
        FirstSignIn(), SignInAgain(), ChoosePin(), WrongTry(), LastWrongTry(), OldVault(), RenewLease(),
        Wipe(),
    )
}  # fmt: skip
