"""What columns are called in English and French, and which of our fields such a name speaks of."""

import re
from collections.abc import Mapping
from typing import Final

from anyascii import anyascii
from rapidfuzz import fuzz

GROUPED = 95  # of a hundred: how surely "Phones 1 Phone" is the phone
ALIKE = 85  # of rapidfuzz's hundred, from which a name is taken for a slip of another
SHORTEST_ALIKE = 5  # letters: of shorter names one letter makes another word

PEOPLE: Final[Mapping[str, str]] = {
    "id": "id|customer id|customer number|customer no|customer code|client id|id client|code client|client no"
          "|numero client|num client|no client|n client|ref client|reference client|contact id|id contact"
          "|external id|identifiant|identifiant client|matricule|no|number|numero|ref|reference|code",
    "full_name": "full name|fullname|customer name|contact name|nom complet|nom et prenom|nom prenom"
                 "|prenom nom"
                 "|nom du client|nom client|contact",
    "title": "title|salutation|civilite|titre|civ|honorific|prefix|name prefix",
    "given_name": "first name|firstname|given name|forename|first|prenom|prenoms|prenom client"
                  "|prenom du client",
    "family_name": "last name|lastname|family name|surname|last|nom|nom de famille|nom usuel|nom d usage",
    "birth_date": "birth date|birthdate|date of birth|dob|birthday|born|born on|date de naissance"
                  "|date naissance"
                  "|naissance|ne le|nee le|ne e le|anniversaire|ddn|date anniversaire",
    "language": "language|preferred language|lang|locale|langue|langue preferee",
    "email": "email|e mail|mail|email address|e mail address|courriel|adresse email|adresse e mail"
             "|adresse mail"
             "|adresse electronique|mel",
    "phone": "mobile|mobile phone|mobile number|cell|cell phone|portable|telephone portable|tel portable"
             "|telephone mobile|tel mobile|gsm|phone|phone number|telephone|telephone number|tel"
             "|numero de telephone",
    "other_phone": "home phone|landline|phone 2|business phone|work phone|fixe|telephone fixe|tel fixe|tel 2"
                   "|telephone 2|telephone domicile|tel domicile|telephone bureau",
    "house": "house number|street number|numero de rue|numero de voie|numero voie",
    "street": "street|street address|address|address 1|address line 1|line 1|adresse|adresse 1"
              "|adresse ligne 1"
              "|rue|voie|adresse postale|street 1|street 2|address 2|address line 2|adresse 2|adresse ligne 2"
              "|complement|complement d adresse|complement adresse",
    "postal_code": "postal code|postcode|post code|zip|zip code|zipcode|zip postal code|code postal|cp"
                   "|codepostal",
    "city": "city|town|ville|commune|localite",
    "region": "region|state|province|county|departement",
    "country": "country|country code|country name|country iso 2 code|country iso code|country region"
               "|pays|code pays",
    "loyalty_card": "loyalty card|loyalty card number|loyalty number|membership number|member number|carte"
                    "|carte fidelite|carte de fidelite|numero de carte|numero carte fidelite|no carte"
                    "|numero de carte de fidelite",
    "organization": "company|company name|organization|organisation|societe|raison sociale|entreprise",
}  # fmt: skip
ORDER_LINES: Final[Mapping[str, str]] = {
    "order": "order|order id|order no|order number|invoice|invoice no|invoice number|receipt|receipt number"
             "|ticket|ticket no|ticket number|commande|numero de commande|numero commande|no commande"
             "|n commande"
             "|facture|numero de facture|no facture|n facture|numero de ticket|no ticket|n ticket",
    "sku": "sku|stock code|item code|product code|article code|reference article|ref article|code article"
           "|reference produit|ref produit|code produit|ean|barcode|code barre|reference|ref",
    "quantity": "quantity|qty|quantite|qte|nombre|pieces",
    "unit_price": "unit price|price|item price|prix|prix unitaire|pu|pu ttc|prix unitaire ttc|prix ttc",
    "at": "date|order date|invoice date|sale date|sold at|created at|ordered at|date de commande"
          "|date commande"
          "|date de vente|date vente|date facture|date de facture|date du ticket|date ticket|date heure",
    "title": "description|title|product|product name|item|item name|article|designation|libelle|produit"
             "|nom du produit|nom produit",
    "customer": "customer|customer id|customer number|customer no|client|client id|id client|code client"
                "|numero client|no client|n client",
    "email": PEOPLE["email"],
    "phone": PEOPLE["phone"],
    "given_name": PEOPLE["given_name"],
    "family_name": PEOPLE["family_name"],
    "currency": "currency|currency code|devise|monnaie",
    "channel": "channel|sales channel|canal|canal de vente",
    "store": "store|shop|boutique|magasin|point de vente",
    "seller": "seller|sold by|salesperson|vendeur|vendeuse|conseiller",
    "size": "size|taille",
    "colour": "colour|color|couleur",
    "discount": "discount|line discount|remise|remise ligne",
}  # fmt: skip

# What a contact has several of: the first of each, told by one of these columns behind the group's name.
_GROUPS: Final = (
    (
        re.compile(r"(?:phones?|telephones?|tels?|mobiles?|portables?)(?: (1|2))? (.+)"),
        {"phone", "other_phone"},
        "phone",
    ),
    (re.compile(r"(?:e ?mails?|mails?|courriels?)(?: (1))? (.+)"), {"email"}, "email"),
    (
        re.compile(
            r"(?:(?:default|primary|main|home|mailing|postal|billing|shipping) )?"
            r"(?:address(?:es)?|adresses?|home|mailing|billing|shipping|domicile|facturation|livraison)"
            r"(?: (1))? (.+)"
        ),
        {"house", "street", "postal_code", "city", "region", "country"},
        "street",
    ),
)  # fmt: skip
_ITSELF: Final = frozenset({"value", "valeur", "number", "numero"})

# Read in this order: what she does not want is told before what she might.
OPTED_OUT = re.compile(
    r"\b(opt(ed)? ?out|optout|unsubscribed?|desinscrite?|desabonnee?|desabonnement|blacklist(ed)?|do not"
    r"|donot"
    r"|no (e ?mail|mail|sms|call|phone|post|contact|marketing)|ne pas|stop|refus|refuse|opposition"
    r"|opposee?)\b"
)
OPTED_IN = re.compile(
    r"\b(opt(ed)? ?in|optin|newsletters?|consent\w*|consentement\w*|accept\w*|subscri\w*|abonnee?|inscrite?"
    r"|marketing|rgpd|gdpr|permission\w*|autoris\w*|pub|promo\w*)\b"
)
FREE_TEXT = re.compile(
    r"\b(notes?|comments?|commentaires?|remarques?|remarks?|observations?|memo|description)\b"
)
ADDS_UP = re.compile(
    r"\b(totals?|spent|spend|orders?|revenue|turnover|commandes?|achats?|chiffre d affaires|ca|panier|ltv)\b"
)
CHANNELS: Final = (
    ("email", re.compile(r"\b(e ?mails?|mails?|courriels?|mailing|newsletters?)\b")),
    ("sms", re.compile(r"\b(sms|textos?|text)\b")),
    ("phone", re.compile(r"\b(calls?|phone|tel|telephone|appels?|appeler)\b")),
    ("post", re.compile(r"\b(post|postal|courriers?|letter)\b")),
    ("messaging", re.compile(r"\b(whatsapp|messenger|messaging|wechat)\b")),
)


def plain(name: str) -> str:
    """Return a column's name as its words alone: no case, accents, marks; "FirstName" is two words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", anyascii(name.replace("°", "o ")))
    return " ".join(re.findall(r"[a-z]+|\d+", parted.casefold()))


def field_named(name: str, fields: Mapping[str, str]) -> dict[str, int]:
    """Return the fields that a column's name may speak of, and how surely of a hundred."""
    written = plain(name)
    exact = {field: 100 for field, names in fields.items() if written in names.split("|")}
    if exact or len(written) < SHORTEST_ALIKE:
        return exact
    if grouped := _in_a_group(written, fields):
        return grouped
    alike = {
        field: int(max(fuzz.ratio(written, each) for each in names.split("|") if len(each) >= SHORTEST_ALIKE))
        for field, names in fields.items()
        if any(len(each) >= SHORTEST_ALIKE for each in names.split("|"))
    }
    return {field: score for field, score in alike.items() if score >= ALIKE}


def _in_a_group(written: str, fields: Mapping[str, str]) -> dict[str, int]:
    """Return the field of which "Phones 1 Phone", "E-mail 1 - Value", "Addresses 1 Street" speaks."""
    for form, members, itself in _GROUPS:
        told = form.fullmatch(written)
        if told is None:
            continue
        place, rest = told.groups()
        found = {
            field: GROUPED
            for field in sorted(members & fields.keys())
            if rest in fields[field].split("|") or (rest in _ITSELF and field == itself)
        }
        if place == "2":
            return {"other_phone": GROUPED} if found and "other_phone" in fields else {}
        if found:
            return found
    return {}
