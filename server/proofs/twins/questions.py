"""What is asked at doors that no chapter asks by name: a body for each that takes one, a value per parameter.

A route or a parameter that is new has no line here, and the suite says so.
"""

from collections.abc import Mapping
from typing import Any, Final

HER: Final = "<her>"  # in a body: the id of the person it is about
_REASON: Final = {"reason": "case 7"}

BODIES: Final[Mapping[tuple[str, str], tuple[Any, ...]]] = {
    ("DELETE", "/v1/policy/draft"): (None,),
    ("POST", "/v1/alarms/{alarm_id:uuid}/acknowledge"): (None,),
    ("PUT", "/v1/privacy/retention/rules/{name:str}"): ({}, {"months": 24}),
    ("PUT", "/v1/extraction-caps/{role:str}"): ({},),
    ("POST", "/v1/service-accounts"): ({},),
    ("POST", "/v1/service-accounts/{account_id:uuid}/close"): (None,),
    ("POST", "/v1/service-accounts/{account_id:uuid}/keys"): ({},),
    ("POST", "/v1/service-keys/{key_id:uuid}/revoke"): (None,),
    ("PATCH", "/v1/policy/draft"): ({}, {"changes": {"seller": {"tags": 3}}}),
    ("PATCH", "/v1/staff/{associate_id:uuid}"): ({}, {"stores": ["here"]}, {"stores": ["abroad"]}),
    ("POST", "/v1/customers/{customer_id:uuid}/unmerge"): (None,),
    ("POST", "/v1/devices/{device_id:uuid}/revoke"): (None,),
    ("POST", "/v1/identity/pairs/{one:uuid}/{other:uuid}/dismiss"): (None,),
    ("POST", "/v1/identity/pairs/{one:uuid}/{other:uuid}/merge"): ({}, {"into": HER}),
    ("POST", "/v1/policy/publish"): ({"note": "nothing new"},),
    ("POST", "/v1/policy/roll-back"): ({}, {"version": 1}),
    ("POST", "/v1/privacy/customers/{customer_id:uuid}/limits"): ({}, {"kind": "profiling", **_REASON}),
    ("POST", "/v1/privacy/customers/{customer_id:uuid}/rectifications"): (
        {},
        {"values": {"phone": "+33600000042"}, **_REASON},
    ),
    ("POST", "/v1/privacy/erasures"): ({}, {"customer_id": HER, **_REASON}),
    ("POST", "/v1/privacy/limits/{limit_id:uuid}/lift"): (None,),
    ("POST", "/v1/privacy/cases"): (
        {},
        {"customer_id": HER, "kind": "access", "received_on": "2031-02-27"},
    ),
    ("POST", "/v1/privacy/cases/{case_id:uuid}/answer"): ({}, {"outcome": "done"}),
    ("POST", "/v1/privacy/cases/{case_id:uuid}/extend"): ({}, {"months": 1, "reason": "complex"}),
    ("PUT", "/v1/identity/automatic"): ({}, {"on": False}),
    ("POST", "/v1/customers/duplicates"): (
        {},
        {"given_name": "Anne", "family_name": "Durand"},
        {"given_name": "Ane", "family_name": "Dupond", "phone": "+33612345678", "town": "Lyon"},
        {"email": "anne.0@example.org", "birth_date": "1980-01-02"},
        {"email": "anne", "phone": "Durand", "loyalty_card": "Anne Durand"},
    ),
    ("POST", "/v1/connectors"): ({},),
    ("PUT", "/v1/connectors/{connector_id:uuid}/settings"): ({},),
    ("POST", "/v1/connectors/{connector_id:uuid}/secrets"): ({},),
    ("POST", "/v1/connectors/{connector_id:uuid}/close"): (None,),
    ("POST", "/v1/connectors/{connector_id:uuid}/deliveries"): ({},),
    ("POST", "/v1/connectors/{connector_id:uuid}/deliveries/{delivery_id:uuid}/retry"): (None,),
    ("POST", "/v1/hooks/{connector_id:uuid}"): (None, {}),
    ("POST", "/v1/imports"): (None, {}),
    ("POST", "/v1/imports/proposals"): (None,),
    ("PUT", "/v1/import-mappings/{name:str}"): ({},),
    **{
        ("POST", f"/v1/imports/{{import_id:uuid}}/{what}"): (None,)
        for what in ("rehearse", "apply", "stop", "undo")
    },
    ("POST", "/v1/webhook-endpoints"): ({}, {"url": "https://example.org/told"}),
    ("PUT", "/v1/webhook-endpoints/{endpoint_id:uuid}"): ({}, {"active": False}),
    ("POST", "/v1/webhook-endpoints/{endpoint_id:uuid}/secrets"): ({},),
    ("POST", "/v1/webhook-endpoints/{endpoint_id:uuid}/remove"): (None,),
    ("POST", "/v1/webhook-endpoints/{endpoint_id:uuid}/messages/{message_id:uuid}/replay"): (None,),
    **{
        ("POST", f"/v1/{call}"): ({},)
        for call in ("identify", "track", "page", "screen", "alias", "group", "batch")
    },
    ("POST", "/v1/rescue"): (None, {}),
    ("POST", "/v1/auth/oidc/begin"): (None,),
    ("POST", "/v1/auth/oidc/finish"): ({},),
    ("POST", "/v1/auth/oidc/sign-out"): ({},),
    ("POST", "/v1/auth/oidc/back-channel-logout"): ({},),
    ("PUT", "/v1/consent-wordings/{channel:str}/{purpose:str}/{version:str}"): ({},),
    ("POST", "/v1/consent-wordings/{channel:str}/{purpose:str}/{version:str}/expire"): (None,),
    ("POST", "/v1/consent-wordings/{channel:str}/{purpose:str}/{version:str}/publish"): (None,),
    ("PUT", "/v1/staff/{associate_id:uuid}/identity"): ({},),
    ("PUT", "/v1/absences/{absence_id:uuid}"): (
        {},
        {"associate_id": HER, "first_day": "2031-03-01", "last_day": "2031-03-02"},
    ),
    ("PUT", "/v1/message-templates/{code:str}"): (
        {},
        {"purpose": "service", "channels": ["email"], "texts": {"fr": {"text": "Bonjour {name}"}}},
    ),
    ("POST", "/v1/message-templates/{code:str}/retire"): (None,),
    ("PUT", "/v1/contact-pressure/{purpose:str}"): ({}, {"rule": {"most": 2, "days": 7}}),
    ("POST", "/v1/outgoing/{line_id:uuid}/retry"): (None,),
    ("POST", "/v1/leave/{token:str}"): (None,),
    ("POST", "/v1/confirm/{token:str}"): (None,),
    ("POST", "/v1/details/{token:str}"): (None,),
}
LAST: Final = frozenset({("/v1/privacy/erasures", "POST")})  # nothing is told of whoever was forgotten

PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ahead": ("30",),
    "action": ("customer.read",),
    "actor": ("{}",),
    "device": ("{}",),
    "since": ("2031-01-01T00:00:00Z",),
    "subject": ("{}",),
    "brand": ("maison", "atelier"),
    "by": ("campaign", "day"),
    "case": ("{}",),
    "channel": ("store", "email"),
    "cursor": ("made-up",),
    "customer": ("{}",),
    "expand": ("provenance",),
    "family": ("leather",),
    "field": ("phone",),
    "first_day": ("2031-01-01",),
    "form": ("json", "page"),
    "language": ("fr",),
    "last_day": ("2031-03-02",),
    "limit": ("1", "0"),
    "months": ("1", "6"),
    "owner": ("me",),
    "purpose": ("marketing",),
    "q": ("durand",),
    "role": ("seller", "administrator"),
    "rule": ("prospect", "former_values"),
    "store": ("here", "abroad"),
    "topic": ("orders",),
    "until": ("2031-03-02",),
    "which": ("open", "doubtful", "stuck", "waiting"),
}
# Parameters a route does not answer without; in a value, braces are the customer's id.
ALONG: Final[Mapping[str, Mapping[str, str]]] = {
    "/v1/advertising-costs": {"first_day": "2031-01-01", "last_day": "2031-03-02"},
    "/v1/privacy/retention": {"rule": "prospect", "months": "6"},
    "/v1/policy/view": {"role": "seller", "store": "here", "customer": "{}"},
    "/v1/customers/{customer_id:uuid}/may-contact": {
        "brand": "maison",
        "channel": "email",
        "purpose": "marketing",
    },
}
