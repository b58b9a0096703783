"""Tables of customers and of the forms by which they are found."""

from sqlalchemy import ARRAY, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from server.database.columns import document, instant, written_at
from server.database.metadata import metadata

# One column per field of schemas.customer.Customer, then what the server keeps beside them.
customer = Table(
    "customer",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("title", Text),
    Column("language", Text),
    Column("town", Text),
    Column("birth_date", Text),  # ISO date
    Column("email", Text),
    Column("phone", Text),  # E.164
    document("address"),
    document("other_contacts"),
    document("other_addresses"),
    document("important_dates"),
    document("family"),
    Column("home_store", Text),
    Column("associate_id", Text),
    Column("second_associate_id", Text),
    Column("client_since", Text),  # ISO date
    document("origin"),
    document("sizes"),
    document("computed_sizes"),
    document("likes"),
    document("dislikes"),
    Column("payment_preference", Text),
    Column("delivery_preference", Text),
    Column("contact_preference", Text),  # schemas.consent.ContactChannel
    document("social_handles"),
    document("notes"),
    document("consents"),
    document("limits"),
    document("loyalty"),
    Column("loyalty_card", Text),
    document("purchases"),
    document("touchpoints"),
    document("owned"),
    document("wish_list"),
    document("advice"),
    document("spend"),
    document("tags"),
    document("occasions"),
    document("tasks"),
    document("appointments"),
    document("cases"),
    document("messages"),
    document("stamps", empty="{}"),  # field or field/entry -> schemas.record.Stamp
    Column("brand", Text, nullable=False),
    Column("alias_of", UUID),  # the survivor, when merged
    instant("erased_at", nullable=True),
    written_at(),
    Index("customer_home_store", "home_store"),
    Index("customer_alias", "alias_of", postgresql_where=text("alias_of is not null")),
)

# What was said under each id of a merged person; a person of one id has no row here.
customer_part = Table(
    "customer_part",
    metadata,
    Column("customer_id", UUID, primary_key=True),
    Column("root", UUID, nullable=False),  # the survivor
    document("values", empty="{}"),
    document("stamps", empty="{}"),
    document("turns", empty="{}"),  # path -> place of its latest edit in the order of edits and merges
    Index("customer_part_root", "root"),
)

# Every folded name token there is, and its single-deletion variants (SymSpell).
name_token = Table(
    "name_token",
    metadata,
    Column("token", Text(collation="C"), primary_key=True),
)

name_token_delete = Table(
    "name_token_delete",
    metadata,
    Column("variant", Text(collation="C"), primary_key=True),
    Column("token", Text(collation="C"), primary_key=True),
)

customer_search = Table(
    "customer_search",
    metadata,
    Column("customer_id", UUID, primary_key=True),
    Column("tokens", ARRAY(Text), nullable=False),
    Column("weight", Integer, nullable=False, server_default="0"),
    Index("customer_search_tokens", "tokens", postgresql_using="gin"),
)

# Who was shown a masked value in clear, when and why. Goes with the person.
reveal = Table(
    "reveal",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("customer_id", UUID, nullable=False),
    Column("associate_id", UUID, nullable=False),
    Column("device_id", UUID),
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    written_at(),
    Index("reveal_customer", "customer_id"),
    Index("reveal_associate", "associate_id", "created_at"),
)

# E-mail, phone and card in the one form they are compared in.
contact_point = Table(
    "contact_point",
    metadata,
    Column("kind", Text, primary_key=True),  # email, phone, card
    Column("normalised", Text(collation="C"), primary_key=True),
    Column("customer_id", UUID, primary_key=True),
    Index("contact_point_customer", "customer_id"),
)
