"""What the parts of an access file are called on the page, in English and in French."""

from collections.abc import Mapping
from typing import Final, Literal

from schemas.consent import version_in

Language = Literal["en", "fr"]
Words = tuple[str, str]  # English, French

HEADING: Final[Words] = ("Your data", "Vos données")

TITLES: Final[Mapping[str, Words]] = {
    "customer": ("What we know of you", "Ce que nous savons de vous"),
    "customer_part": (
        "What each of your former records said",
        "Ce que disait chacune de vos anciennes fiches",
    ),
    "consent_event": ("What you allowed and withdrew", "Ce que vous avez autorisé et retiré"),
    "purchase": ("Your purchases", "Vos achats"),
    "touchpoint": ("Contacts with us", "Vos échanges avec nous"),
    "loyalty_entry": ("Your points", "Vos points"),
    "source_record": ("What other systems told us", "Ce que d'autres systèmes nous ont transmis"),
    "field_past": ("Earlier values", "Anciennes valeurs"),
    "held_edit": ("Changes that were not made", "Modifications qui n'ont pas été faites"),
    "conflict": (
        "Values two people disagreed about",
        "Valeurs sur lesquelles deux personnes n'étaient pas d'accord",
    ),
    "processing_limit": ("What you asked us not to do", "Ce que vous nous avez demandé de ne pas faire"),
    "privacy_case": ("What you asked of us, and our answers", "Vos demandes et nos réponses"),
    "outgoing": ("Messages on their way to you", "Messages en route vers vous"),
    "reveal": ("When a masked value was shown", "Quand une valeur masquée a été affichée"),
    "merge": ("When your records were joined, or parted", "Quand vos fiches ont été réunies, ou séparées"),
    "identity_pair": (
        "Whether another record may be yours too",
        "Si une autre fiche pourrait aussi être la vôtre",
    ),
    "visitor_link": ("By which visits to our web site you are known", "Vos visites connues de notre site"),
    "import_before": ("What stood before an import", "Ce qui était noté avant une importation"),
    "provenance": ("Where each value came from", "D'où vient chaque valeur"),
    "held_in": ("Where your data is held", "Où vos données sont conservées"),
    "read_by": ("Who has seen or changed it", "Qui les a vues ou modifiées"),
    "left_out": ("What this file leaves out, and why", "Ce que ce fichier ne contient pas, et pourquoi"),
    "ids": ("Your numbers", "Vos numéros"),
}

NAMES: Final[Mapping[str, Words]] = {
    "action": ("what was done", "ce qui a été fait"),
    "address": ("address", "adresse"),
    "advice": ("what you said to suggestions", "vos réponses aux suggestions"),
    "alias_of": ("joined with", "fiche réunie à"),
    "amount": ("amount", "montant"),
    "answered_at": ("answered", "répondu le"),
    "appointments": ("appointments", "rendez-vous"),
    "args": ("what was to be changed", "ce qui devait changer"),
    "associate_id": ("your associate", "votre conseiller"),
    "at": ("when", "quand"),
    "at_ms": ("when", "quand"),
    "average_basket": ("average basket", "panier moyen"),
    "base": ("what stood before", "ce qui était noté avant"),
    "answered": ("withdrawals you took back", "retraits sur lesquels vous êtes revenue"),
    "birth_date": ("date of birth", "date de naissance"),
    "brand": ("brand", "marque"),
    "campaign": ("campaign", "campagne"),
    "cases": ("complaints and repairs", "réclamations et réparations"),
    "channel": ("channel", "canal"),
    "choices": ("what was chosen from each", "ce qui a été retenu de chacune"),
    "city": ("city", "ville"),
    "client_since": ("customer since", "cliente depuis"),
    "code": ("why not", "pourquoi"),
    "colour": ("colour", "couleur"),
    "computed_sizes": ("sizes worked out from purchases", "tailles déduites des achats"),
    "confirmed": ("said again by the link", "redit par le lien"),
    "consents": ("consents", "consentements"),
    "contact_preference": ("how you like to be reached", "comment vous aimez être jointe"),
    "country": ("country", "pays"),
    "created_at": ("kept since", "conservé depuis"),
    "currency": ("currency", "devise"),
    "customer_id": ("your number", "votre numéro"),
    "decided_at": ("decided", "décidé le"),
    "delivery_preference": ("delivery you prefer", "livraison préférée"),
    "dislikes": ("dislikes", "n'aime pas"),
    "due_on": ("to be answered by", "réponse due le"),
    "email": ("e-mail", "e-mail"),
    "ended_at": ("ended", "terminé le"),
    "erased_at": ("erased", "effacé le"),
    "extended_by": ("months more", "mois de plus"),
    "extension_reason": ("why it takes longer", "motif du délai"),
    "facts": ("what was done", "ce qui a été fait"),
    "family": ("family", "famille"),
    "family_name": ("family name", "nom"),
    "field": ("about", "à propos de"),
    "findings": ("what agrees, and what does not", "ce qui concorde, et ce qui diffère"),
    "found_at": ("noticed", "remarqué le"),
    "first_at": ("first purchase", "premier achat"),
    "given_name": ("first name", "prénom"),
    "granted_at": ("last allowed", "autorisé en dernier"),
    "home_store": ("your store", "votre boutique"),
    "how": ("how it was said", "comment cela a été dit"),
    "id": ("number", "numéro"),
    "important_dates": ("dates that matter", "dates importantes"),
    "keep": ("what was kept", "ce qui a été retenu"),
    "key": ("where", "où"),
    "kind": ("kind", "nature"),
    "knows": ("said in knowledge of", "dit en connaissance de"),
    "language": ("language", "langue"),
    "last": ("last time", "dernière fois"),
    "last_at": ("last purchase", "dernier achat"),
    "last_12_months": ("spent in twelve months", "dépensé en douze mois"),
    "lifetime": ("spent in all", "dépensé en tout"),
    "lifted_at": ("lifted", "levé le"),
    "likes": ("likes", "aime"),
    "limits": ("limits you asked for", "limites demandées"),
    "line1": ("line 1", "ligne 1"),
    "line2": ("line 2", "ligne 2"),
    "lines": ("articles", "articles"),
    "loser": ("record that was joined", "fiche réunie"),
    "loyalty": ("loyalty", "fidélité"),
    "loyalty_card": ("loyalty card", "carte de fidélité"),
    "messages": ("messages written to you", "messages qui vous ont été écrits"),
    "mine": ("one value", "une valeur"),
    "mutation_id": ("number", "numéro"),
    "notes": ("notes", "notes"),
    "occasions": ("occasions", "occasions"),
    "op": ("kind of change", "nature du changement"),
    "origin": ("how you came to us", "comment vous êtes venue à nous"),
    "other_addresses": ("other addresses", "autres adresses"),
    "other_contacts": ("other contacts", "autres coordonnées"),
    "outcome": ("our answer", "notre réponse"),
    "outcome_reason": ("why", "motif"),
    "owned": ("articles you own", "articles que vous possédez"),
    "payload": ("as it was told", "tel que transmis"),
    "payment_preference": ("payment you prefer", "paiement préféré"),
    "phone": ("telephone", "téléphone"),
    "points": ("points", "points"),
    "position": ("place", "rang"),
    "postal_code": ("postal code", "code postal"),
    "purchases": ("purchases", "achats"),
    "purpose": ("purpose", "finalité"),
    "quantity": ("quantity", "quantité"),
    "reason": ("reason", "motif"),
    "received_at": ("received", "reçu le"),
    "received_on": ("received", "reçue le"),
    "record_id": ("your number", "votre numéro"),
    "reference": ("reference", "référence"),
    "review": ("decision", "décision"),
    "role": ("role", "fonction"),
    "second_associate_id": ("your second associate", "votre second conseiller"),
    "shared": ("seen with several people", "vue avec plusieurs personnes"),
    "signature": ("signature", "signature"),
    "size": ("size", "taille"),
    "size_category": ("kind of size", "type de taille"),
    "sizes": ("sizes you told us", "tailles que vous avez données"),
    "sku": ("article", "article"),
    "social_handles": ("social networks", "réseaux sociaux"),
    "source": ("system", "système"),
    "source_id": ("your number there", "votre numéro dans ce système"),
    "spend": ("sums of your purchases", "sommes de vos achats"),
    "stamps": ("where each value came from", "d'où vient chaque valeur"),
    "standing": ("withdrawals that stand", "retraits qui valent"),
    "state": ("state", "état"),
    "store": ("store", "boutique"),
    "summary": ("about what", "objet"),
    "tags": ("labels", "étiquettes"),
    "tasks": ("what was promised", "ce qui a été promis"),
    "text": ("text", "texte"),
    "theirs": ("the other value", "l'autre valeur"),
    "times": ("how often", "combien de fois"),
    "title": ("title", "titre"),
    "total": ("total", "total"),
    "touchpoints": ("contacts", "échanges"),
    "town": ("town", "commune"),
    "unit_price": ("price", "prix"),
    "under": ("by the text you were shown", "selon le texte présenté"),
    "undone_at": ("parted again", "séparées de nouveau"),
    "value": ("value", "valeur"),
    "values": ("values", "valeurs"),
    "via": ("said under the number", "dit sous le numéro"),
    "winner": ("record that was kept", "fiche conservée"),
    "wish_list": ("wish list", "liste d'envies"),
    "withdrawn_at": ("last withdrawn", "retiré en dernier"),
    "wording": ("wording shown", "texte présenté"),
    "wording_hash": ("fingerprint of the wording", "empreinte du texte"),
}

HOLDERS: Final[Mapping[str, Words]] = {
    "brand": ("head office", "le siège"),
    "own": ("an associate's own book", "le carnet d'un conseiller"),
    "pin": ("a tablet that looked you up", "une tablette qui vous a recherchée"),
}

# Why something is not in the file. English is what the JSON says.
INTERNAL: Final = "a number of ours that says nothing about her"
SEARCH: Final = "another spelling of what is in the file, for search"
LINK: Final = "the id under which this is kept"
STAFF: Final = "who of the house wrote it: personal data of somebody else"
STAMPS: Final = "told beside each value as where it came from"
PROMISED: Final = "a list by which what was promised is found; it is in the file in full"
TRAVELS: Final = "the same values again, as they travel to tablets"
HELD: Final = "told as where she is held"
SEEN: Final = "that somebody read of her that day: told as who has seen it"
GONE: Final = "of people who were forgotten"
OTHERS: Final = "somebody else's number: personal data of that person"
AWAITED: Final = "of nobody known: it is told where it turns out to be hers"
DELIVERED: Final = "what another system sent, until it is taken in: told as what other systems told us"
UNDONE: Final = "told as values, without where each came from"
WITHIN: Final = "told within the purchase it belongs to"

REASONS: Final[Mapping[str, str]] = {
    INTERNAL: "un numéro interne qui ne dit rien de vous",
    SEARCH: "une autre graphie de ce qui est dans le fichier, pour la recherche",
    LINK: "l'identifiant sous lequel c'est conservé",
    STAFF: "qui, dans la maison, l'a écrit : donnée personnelle de quelqu'un d'autre",
    STAMPS: "dit à côté de chaque valeur, comme sa provenance",
    PROMISED: "une liste qui permet de retrouver ce qui a été promis ; tout est dans le fichier",
    TRAVELS: "les mêmes valeurs, telles qu'elles vont vers les tablettes",
    HELD: "dit sous « Où vos données sont conservées »",
    SEEN: "qu'une personne vous a lue ce jour-là : dit sous « Qui les a vues »",
    GONE: "de personnes oubliées",
    OTHERS: "le numéro de quelqu'un d'autre : donnée personnelle de cette personne",
    AWAITED: "de personne de connu : dit dès que cela s'avère être le vôtre",
    DELIVERED: "ce qu'un autre système a envoyé, avant d'être repris : dit sous « Ce que d'autres systèmes"
    " nous ont transmis »",
    UNDONE: "dit sous « valeurs », sans la provenance de chacune",
    WITHIN: "dit dans l'achat dont c'est une ligne",
}


# What a value stands for, by the name it stands under: English, French.
_CHANNELS: Final[Mapping[str, Words]] = {
    "email": ("e-mail", "e-mail"),
    "sms": ("text message", "SMS"),
    "phone": ("telephone", "téléphone"),
    "post": ("post", "courrier"),
    "messaging": ("messaging", "messagerie"),
    "store": ("store", "boutique"),
    "web": ("web shop", "boutique en ligne"),
    "app": ("app", "application"),
    "call_centre": ("customer care", "service clients"),
    "social": ("social networks", "réseaux sociaux"),
    "head_office": ("head office", "siège"),
    "import": ("another system's file", "fichier d'un autre système"),
}
_PURPOSES: Final[Mapping[str, Words]] = {
    "service": ("one-to-one service", "service personnel"),
    "marketing": ("news and offers", "nouveautés et offres"),
    "profiling": ("evaluation of your habits", "analyse de vos habitudes"),
    "tracking": ("what you open and follow", "ce que vous ouvrez et suivez"),
}
VALUES: Final[Mapping[str, Mapping[str, Words]]] = {
    "channel": _CHANNELS,
    "purpose": _PURPOSES,
    "state": {
        "granted": ("allowed", "autorisé"),
        "withdrawn": ("withdrawn", "retiré"),
        "queued": ("on its way", "en route"),
        "cancelled": ("cancelled", "annulé"),
        "refused": ("not sent", "non envoyé"),
        "unsure": ("perhaps sent", "peut-être envoyé"),
        "sent": ("sent", "envoyé"),
        "bounced": ("came back", "revenu"),
        "answered": ("answered", "répondu"),
        "open": ("open", "en cours"),
        "done": ("done", "fait"),
    },
    "how": {
        "spoken": ("said aloud", "dit de vive voix"),
        "screen": ("on the tablet", "sur la tablette"),
        "signature": ("signed", "signé"),
        "web_form": ("on a web page", "sur une page web"),
        "import": ("told by another system", "transmis par un autre système"),
        "call": ("by telephone", "au téléphone"),
        "letter": ("by letter", "par courrier"),
        "link": ("by the link in a message", "par le lien d'un message"),
        "email_link": ("by the link written to you", "par le lien qui vous a été écrit"),
    },
}


def named(name: str, language: Language) -> str:
    """Return what a name is called: a consent by its channel and purpose, a text by its version."""
    brand, *rest = name.removeprefix("consents/").split("/")
    if len(rest) == 2 and rest[0] in _CHANNELS and rest[1] in _PURPOSES:
        return f"{brand}: {said(_CHANNELS, rest[0], language)}, {said(_PURPOSES, rest[1], language)}"
    return said(NAMES, version_in(name), language)


def said(words: Mapping[str, Words], name: str, language: Language) -> str:
    """Return what something is called; its own name where there are no words for it."""
    found = words.get(name)
    return found[language == "fr"] if found else name.replace("_", " ")
