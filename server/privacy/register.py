"""The register of processing (GDPR 30), drawn from the schema and the policy in force."""

from collections.abc import Mapping

from schemas.customer import SENSITIVITY
from schemas.record import Struct
from schemas.sensitivity import Sensitivity
from schemas.visibility import Level, Policy
from server.privacy.retention import RETENTION

S = Sensitivity

PURPOSES: Mapping[Sensitivity, str] = {
    S.IDENTITY: "to serve her by name and to tell her from namesakes",
    S.CONTACT: "to reach her as she allowed",
    S.ADDRESS: "to deliver to her, and to write as she allowed",
    S.BIRTH: "to tell her from namesakes; her birthday, as she allowed",
    S.FAMILY: "what she told for advice and presents",
    S.RELATION: "who serves her, where, and on which days",
    S.TASTE: "to advise her",
    S.NOTE: "what an associate needs to serve her",
    S.CONSENT: "to prove and to respect what she allowed",
    S.HISTORY: "service after sale, and advice",
    S.SPEND: "loyalty, and the attention of her associate",
    S.LOYALTY: "the loyalty programme she joined",
    S.ORIGIN: "how she came to know us",
    S.PROMISE: "to keep what was promised to her, and to write to her as she allowed",
    S.SERVICE: "to put right what is not right",
}

# As ``may_contact`` and ``may_profile`` have it: what is said here is what the code asks.
MARKETING = (
    "marketing by consent, and of similar goods by e-mail and SMS to customers who bought, until they object"
)
HABITS = (
    "legitimate interest, until she objects; messages made from her habits, and what she opens, by consent"
)
TO_REACH_HER = f"legitimate interest for service; {MARKETING}"
OTHERWISE = f"legitimate interest; {MARKETING}"

BASES: Mapping[Sensitivity, str] = {
    S.CONTACT: TO_REACH_HER,
    S.ADDRESS: TO_REACH_HER,
    S.TASTE: HABITS,
    S.SPEND: HABITS,
    S.CONSENT: "legal obligation",
    S.HISTORY: "contract and legal obligation",
    S.LOYALTY: "contract",
    S.SERVICE: "contract and legal obligation",
}


class Activity(Struct):
    """What is done with one class of personal data."""

    kind: str
    purpose: str
    basis: str
    fields: list[str]
    read_by: list[str]
    written_by: list[str]
    kept: str


def register_of(policy: Policy) -> list[Activity]:
    """Return the register under a policy: one activity for each class of data there is."""
    activities: list[Activity] = []
    for kind in Sensitivity:
        fields = [field for field, held in SENSITIVITY.items() if held is kind]
        if not fields:
            continue

        def roles(least: Level, fields: list[str] = fields) -> list[str]:
            return sorted(
                role for role in policy.levels if any(policy.level(role, field) >= least for field in fields)
            )

        activities.append(
            Activity(
                kind=kind.value,
                purpose=PURPOSES[kind],
                basis=BASES.get(kind, OTHERWISE),
                fields=fields,
                read_by=roles(Level.READ),
                written_by=roles(Level.WRITE),
                kept=RETENTION,
            )
        )
    return activities
