"""The mappings that come with the product, on files with the headers that the systems write."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.auth.sealing import derive
from server.commands.import_lines import SHIPPED
from server.database.pool import Connection
from server.imports import frame, undoing
from server.imports.table_file import looked_over
from tests.real_data import REAL_DATA
from tests.server.people import hire_everybody, principal_named

pytestmark = pytest.mark.anyio

SECRET = derive(b"a secret of tests, never of anyone else", "identity")
ANNE = "Aurélie,Lefèvre"
PEOPLE = {
    "shopify-customers": (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address Address2,Default Address City,"
        "Default Address Province Code,Default Address Country Code,Default Address Zip,"
        "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags,"
        "Accepts WhatsApp Marketing\n"
        f"'7210448301122,{ANNE},aurelie@example.com,yes,,12 rue des Lilas,Bât. B,Lyon,,FR,'69003,"
        '\'+33698765432,,yes,120.00,2,,no,"vip, lyon",yes\n'
    ),
    "shopify-template": (
        "First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address Address2,Default Address City,"
        "Default Address Province Code,Default Address Country Code,Default Address Zip,"
        "Default Address Phone,Phone,Accepts SMS Marketing,Tags,Note,Tax Exempt\n"
        f"{ANNE},Aurelie@Example.com,yes,,12 rue des Lilas,,Lyon,,FR,69003,+33698765432,,yes,,,no\n"
    ),
    "shopify-older": (
        "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,"
        "Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,"
        "Note,Tax Exempt\n"
        f"{ANNE},Aurelie@Example.com,yes,,12 rue des Lilas,,Lyon,,,France,FR,69003,+33698765432,,1,1,,,no\n"
    ),
    "magento2-customers": (
        "email,_website,_store,confirmation,created_at,created_in,default_billing,default_shipping,"
        "disable_auto_group_change,dob,firstname,gender,group_id,lastname,middlename,password_hash,prefix,"
        "rp_token,rp_token_created_at,store_id,suffix,taxvat,website_id,password\n"
        "aurelie@example.com,base,admin,,5/6/2012 15:53,Admin,,,0,3/12/1984,Aurélie,Female,1,Lefèvre,,"
        "0f4e:salt:2,Mme,a-token,2020-01-01,0,,,1,hunter2\n"
        "paul@example.com,base,admin,,5/6/2012 15:53,Admin,,,0,3/25/1984,Paul,Male,1,Martin,,x,,,,0,,,1,\n"
    ),
    "magento2-composite": (
        "email,_website,firstname,lastname,_address_city,_address_country_id,_address_postcode,"
        "_address_street,_address_telephone,_address_default_billing_\n"
        "aurelie@example.com,base,Aurélie,Lefèvre,Lyon,FR,69003,12 rue des Lilas,+33698765432,1\n"
        ",,,,Nice,FR,06000,1 quai,,\n"
    ),
    "magento2-addresses": (
        "_website,_email,_entity_id,city,company,country_id,fax,firstname,lastname,middlename,postcode,"
        "prefix,region,region_id,street,suffix,telephone,vat_id,_address_default_billing_\n"
        "base,aurelie@example.com,1,Lyon,,FR,,Aurélie,Lefèvre,,69003,,,,12 rue des Lilas,,+33698765432,,1\n"
    ),
    "woocommerce-customers": (
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,"
        "Postal Code\n"
        "Aurélie Lefèvre,aurelie,2026-01-01,2025-01-01,aurelie@example.com,3,120.00,40.00,FR,Lyon,,69003\n"
    ),
    "salesforce-contacts": (
        "Id,FirstName,LastName,Salutation,Email,Phone,MobilePhone,HomePhone,Title,Department,AccountId,"
        "MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,Birthdate,LeadSource,"
        "Description,HasOptedOutOfEmail,DoNotCall,CreatedDate\n"
        "003A,Aurélie,Lefèvre,Mme,aurelie@example.com,+33698765432,,,,,,12 rue des Lilas,Lyon,,69003,FR,"
        "1984-03-12,Web,,1,0,2020-01-01T00:00:00Z\n"
    ),
    "salesforce-report": (
        "First Name,Last Name,Email,Business Phone,Mobile,Mailing Street,Mailing City,"
        "Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Birthdate,Lead Source,"
        "Contact Description,Contact ID,Email Opt Out\n"
        "Aurélie,Lefèvre,aurelie@example.com,,+33698765432,12 rue des Lilas,Lyon,,69003,FR,12/03/1984,,,"
        "003A,1\n"
        "Paul,Martin,paul@example.com,,,,,,,,25/12/1980,,,003B,0\n"
    ),
}


@pytest.fixture
async def house(connection: Connection) -> Connection:
    await hire_everybody(connection)
    return connection


async def take(connection: Connection, folder: Path, mapping: str, text: str) -> dict[str, Any]:
    path = folder / f"{mapping}.csv"
    path.write_text(text, encoding="utf-8")
    found = looked_over(path, SHIPPED / f"{mapping}.toml", store="lyon")
    speaker = frame.principal_for(found.source, brand="maison", stores=("lyon", "nice", "paris"))
    return await found.take_in(
        connection, principal=speaker, clock=lambda: datetime.now(UTC), progress=lambda done, of: None
    )


async def everything(connection: Connection) -> list[str]:
    names = ("customer", "source_record", "consent_event", "purchase", "purchase_line", "contact_point")
    return [
        row["line"]
        for name in names
        for row in await connection.fetch(f"select to_jsonb(t)::text as line from {name} t order by 1")
    ]


MAGENTO_COMPOSITE = (
    "email,_website,_store,confirmation,created_at,created_in,default_billing,default_shipping,"
    "disable_auto_group_change,dob,firstname,gender,group_id,lastname,middlename,password_hash,prefix,rp_token,"
    "rp_token_created_at,store_id,suffix,taxvat,website_id,password,_address_city,_address_company,"
    "_address_country_id,_address_fax,_address_firstname,_address_lastname,_address_middlename,"
    "_address_postcode,_address_prefix,_address_region,_address_street,_address_suffix,_address_telephone,"
    "_address_vat_id,_address_default_billing_,_address_default_shipping_\n"
)
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,"
    "Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,"
    "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,"
    "Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,"
    "Shipping City,"
    "Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,"
    "Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 5 Name,Tax 5 Value,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,"
    "Next Payment Due At,Payment References\n"
)
FULL = PEOPLE | {"magento2-composite": MAGENTO_COMPOSITE, "shopify-orders": SHOPIFY_ORDERS}


class TestAColumn:
    @pytest.mark.parametrize("mapping", sorted(FULL))
    async def test_is_read_or_the_rehearsal_says_why_not(
        self, house: Connection, tmp_path: Path, mapping: str
    ) -> None:
        header = FULL[mapping].splitlines()[0]
        path = tmp_path / "table.csv"
        path.write_text(header + "\n", "utf-8")
        speaker = await principal_named(house, "import")
        told = await looked_over(path, SHIPPED / f"{mapping}.toml", store=None).rehearse(
            house,
            principal=speaker,
            clock=lambda: datetime.now(UTC),
            secret=SECRET,
            progress=lambda done, of: None,
        )
        assert set(told["left_out"]) < set(header.split(","))
        assert "unnamed" not in told["left_out"].values(), told["left_out"]

    async def test_of_nobodys_making_is_named_too(self, house: Connection, tmp_path: Path) -> None:
        header, row = PEOPLE["shopify-customers"].splitlines()
        path = tmp_path / "table.csv"
        own = "Anniversaire (customer.metafields.facts.birth_date)"
        path.write_text(f"{header},{own},Shoe size\n{row},1984-03-12,38\n", "utf-8")
        speaker = await principal_named(house, "import")
        told = await looked_over(path, SHIPPED / "shopify-customers.toml", store=None).rehearse(
            house,
            principal=speaker,
            clock=lambda: datetime.now(UTC),
            secret=SECRET,
            progress=lambda done, of: None,
        )
        assert {own: "your_own", "Shoe size": "unnamed", "Tags": "told_elsewhere"}.items() <= told[
            "left_out"
        ].items()


class TestATableOfPeople:
    @pytest.mark.parametrize("mapping", sorted(PEOPLE))
    async def test_of_a_known_system_is_taken_in_once_and_grants_nothing(
        self, house: Connection, tmp_path: Path, mapping: str
    ) -> None:
        text = PEOPLE[mapping]
        await take(house, tmp_path, mapping, text)
        before = await everything(house)
        again = await take(house, tmp_path, mapping, text)
        assert await everything(house) == before
        assert again["totals"]["new"] == again["totals"]["refused"] == 0
        row = await house.fetchrow("select * from customer where family_name = 'Lefèvre'")
        assert row is not None
        assert (row["given_name"], row["email"].casefold()) == ("Aurélie", "aurelie@example.com")
        if mapping != "magento2-customers":
            assert row["address"]["postal_code"] == "69003"
            assert row["address"]["city"] == "Lyon"
        if mapping not in ("magento2-customers", "woocommerce-customers"):
            assert row["phone"] == "+33698765432"
        if mapping in ("magento2-customers", "salesforce-contacts", "salesforce-report"):
            assert row["birth_date"] == "1984-03-12"
        states = await house.fetch("select distinct state from consent_event")
        withdrawn = mapping.startswith("salesforce")
        assert [each["state"] for each in states] == (["withdrawn"] if withdrawn else [])

    async def test_leaves_no_password_anywhere(self, house: Connection, tmp_path: Path) -> None:
        broken = PEOPLE["magento2-customers"] + ",base,,,,,,,,,A,,,B,,secret-hash,,,,,,,1,secret-word\n"
        await take(house, tmp_path, "magento2-customers", broken)
        kept = await house.fetch(
            """
            select payload::text as text from source_record
            union all select original::text from import_refusal
            """
        )
        assert len(kept) == 3
        for word in ("0f4e:salt:2", "hunter2", "a-token", "secret-hash", "secret-word"):
            assert not any(word in row["text"] for row in kept)

    async def test_says_nothing_of_what_it_has_no_column_for(self, house: Connection, tmp_path: Path) -> None:
        main = PEOPLE["magento2-customers"]
        await take(house, tmp_path, "magento2-customers", main)
        await take(house, tmp_path, "magento2-addresses", PEOPLE["magento2-addresses"])
        rows = await house.fetch("select * from customer where family_name = 'Lefèvre'")
        assert len(rows) == 1
        assert rows[0]["birth_date"] == "1984-03-12"
        assert rows[0]["address"]["city"] == "Lyon"
        before = await everything(house)
        await take(house, tmp_path, "magento2-customers", main)
        rows = await house.fetch("select * from customer where family_name = 'Lefèvre'")
        assert rows[0]["address"]["city"] == "Lyon"
        assert len(await everything(house)) == len(before)

    async def test_leaves_out_a_birth_date_that_could_be_two(self, house: Connection, tmp_path: Path) -> None:
        text = PEOPLE["magento2-customers"].replace("3/25/1984", "3/2/1984")
        result = await take(house, tmp_path, "magento2-customers", text)
        assert result["totals"]["values_left_out"] == {"birth_date": 2}
        reasons = await house.fetch("select reason from import_refusal")
        assert all("day from the month" in row["reason"] for row in reasons)

    async def test_gives_refused_rows_back_under_their_own_columns(
        self, house: Connection, tmp_path: Path
    ) -> None:
        text = PEOPLE["shopify-customers"] + "'8,,Roux,,,,,,,,,,12,,,,,,,,\n'9,,,,,,,,,,,,,,,,,,,,\n"
        await take(house, tmp_path, "shopify-customers", text)
        header = next(csv.reader(io.StringIO(text)))
        rows = await house.fetch("select code, original from import_refusal order by line")
        assert [row["code"] for row in rows] == ["value_left_out", "nobody"]
        assert dict(zip(header, rows[0]["original"], strict=True))["Default Address Phone"] == "12"


ORDERS = (
    "Name|Email|Financial Status|Paid at|Fulfillment Status|Fulfilled at|Accepts Marketing|Currency|"
    "Subtotal|Shipping|Taxes|Total|Discount Code|Discount Amount|Shipping Method|Created at|"
    "Lineitem quantity|Lineitem name|Lineitem price|Lineitem compare at price|Lineitem sku|"
    "Lineitem requires shipping|Lineitem taxable|Lineitem fulfillment status|Billing Name|"
    "Billing Street|Billing Address1|Billing Address2|Billing Company|Billing City|Billing Zip|"
    "Billing Province|Billing Country|Billing Phone|Notes|Note Attributes|Cancelled at|"
    "Payment Method|Payment Reference|Refunded Amount|Vendor|Outstanding Balance|Employee|Location|"
    "Device ID|Id|Tags|Risk Level|Source|Lineitem discount|Phone"
).replace("|", ",")


def orders(*rows: dict[str, str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ORDERS.split(","))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FIRST = {
    "Name": "#1001", "Email": "aurelie@example.com", "Paid at": "2025-10-02 17:09:40 +0200",
    "Accepts Marketing": "yes", "Currency": "EUR", "Subtotal": "110.00", "Shipping": "5.90", "Taxes": "0.00",
    "Total": "115.90", "Created at": "2025-10-02 17:09:34 +0200", "Lineitem quantity": "1",
    "Lineitem name": "Bag", "Lineitem price": "100.00", "Lineitem sku": "BAG-1",
    "Billing Name": "Aurélie de la Tour", "Billing City": "Lyon", "Refunded Amount": "0.00",
    "Id": "'5501", "Source": "web", "Lineitem discount": "10.00",
}  # fmt: skip
SECOND = {
    "Name": "#1001", "Email": "aurelie@example.com", "Lineitem quantity": "2", "Lineitem name": "Belt",
    "Lineitem price": "10.00", "Lineitem sku": "",
}  # fmt: skip
POS = FIRST | {
    "Name": "#1002", "Id": "'5502", "Email": "", "Source": "pos", "Employee": "Anne", "Total": "40.00",
    "Location": "Rue Mercière", "Billing Name": "", "Refunded Amount": "15.00", "Lineitem discount": "",
    "Lineitem price": "40.00",
}  # fmt: skip
GONE = FIRST | {"Name": "#1003", "Id": "'5503", "Cancelled at": "2025-10-04 10:00:00 +0200"}


class TestShopifysOrders:
    FILE = orders(FIRST, SECOND, POS, GONE)

    async def test_amount_to_what_the_file_says(self, house: Connection, tmp_path: Path) -> None:
        result = await take(house, tmp_path, "shopify-orders", self.FILE)
        rows = list(csv.DictReader(io.StringIO(self.FILE)))
        paid = sum(
            Decimal(row["Total"] or 0) - Decimal(row["Refunded Amount"] or 0)
            for row in rows
            if not row["Cancelled at"]
        )
        totals = result["totals"]
        assert (totals["orders"], totals["lines"], totals["refused"]) == (3, 4, 0)
        assert Decimal(totals["amount"]["EUR"]) == paid
        her = await house.fetchrow("select * from customer")
        assert her is not None
        assert (her["given_name"], her["family_name"], her["town"]) == ("Aurélie", "de la Tour", "Lyon")
        assert her["spend"]["lifetime"] == 11590
        assert not her["consents"]
        found = await house.fetch("select * from purchase order by reference")
        assert [row["reference"] for row in found] == ["5501", "5502", "5503"]
        assert [row["kind"] for row in found] == ["sale", "sale", "cancelled"]
        assert [row["channel"] for row in found] == ["web", "store", "web"]
        assert [row["store"] for row in found] == [None, "lyon", None]
        assert (found[1]["customer_id"], found[1]["total"]) == (None, 2500)
        lines = await house.fetch("select sku, amount from purchase_line order by amount desc")
        assert [(row["sku"], row["amount"]) for row in lines] == [
            ("BAG-1", 9000), ("BAG-1", 4000), ("unknown", 2000),
        ]  # fmt: skip

    async def test_change_nothing_the_second_time(self, house: Connection, tmp_path: Path) -> None:
        await take(house, tmp_path, "shopify-orders", self.FILE)
        before = await everything(house)
        again = await take(house, tmp_path, "shopify-orders", self.FILE)
        assert await everything(house) == before
        assert (again["totals"]["orders_imported"], again["totals"]["customers_new"]) == (0, 0)

    async def test_follow_what_was_given_back_later_and_never_an_older_word(
        self, house: Connection, tmp_path: Path
    ) -> None:
        newer = orders(FIRST | {"Refunded Amount": "100.00"}, SECOND)
        for order in ([self.FILE, newer], [newer, self.FILE]):
            await house.execute("truncate purchase, purchase_line, receipt, import_batch, import_edit")
            for each in order:
                await take(house, tmp_path, "shopify-orders", each)
            assert await house.fetchval("select total from purchase where reference = '5501'") == 1590

    async def test_are_hers_who_is_known_by_that_mail(self, house: Connection, tmp_path: Path) -> None:
        await take(house, tmp_path, "shopify-customers", PEOPLE["shopify-customers"])
        await take(house, tmp_path, "shopify-orders", self.FILE)
        rows = await house.fetch("select family_name, spend from customer")
        assert [(row["family_name"], row["spend"]["lifetime"]) for row in rows] == [("Lefèvre", 11590)]

    async def test_are_taken_back(self, house: Connection, tmp_path: Path) -> None:
        result = await take(house, tmp_path, "shopify-orders", self.FILE)
        undone = await undoing.undo(
            house,
            result["batch_id"],
            principal=await principal_named(house, "henri"),
            clock=lambda: datetime.now(UTC),
        )
        assert (undone.removed, undone.sales, undone.kept) == (1, 3, 0)
        assert await everything(house) == []


ORO = b"""
source = "oro"
kind = "customers"
[columns]
id = "Number"
title = "Title"
given_name = ["GivenName"]
family_name = ["Surname"]
email = "EmailAddress"
phone = "TelephoneNumber"
birth_date = "Birthday"
street = ["StreetAddress"]
postal_code = "ZipCode"
city = "City"
region = "State"
country = "Country"
[formats]
country = "US"
"""


@pytest.mark.skipif(not (REAL_DATA / "cat-orocrm-demo").exists(), reason="the real files are not here")
class TestRealFiles:
    @pytest.mark.parametrize("name", ["accounts", "leads"])
    async def test_amount_to_what_they_hold_and_change_nothing_twice(
        self, house: Connection, tmp_path: Path, name: str
    ) -> None:
        path = REAL_DATA / "cat-orocrm-demo" / f"{name}.csv"
        (tmp_path / "oro.toml").write_bytes(ORO)
        found = looked_over(path, tmp_path / "oro.toml", store="lyon")
        speaker = frame.principal_for(found.source, brand="maison", stores=("lyon",))

        async def go() -> dict[str, Any]:
            return await found.take_in(
                house, principal=speaker, clock=lambda: datetime.now(UTC), progress=lambda done, of: None
            )

        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        first = await go()
        before = await everything(house)
        again = await go()
        assert found.dialect.dates == "month_first"
        assert first["totals"]["new"] + first["totals"]["refused"] == found.lines == len(rows)
        assert first["totals"]["values_left_out"].get("birth_date") is None
        assert (again["totals"]["known"], again["totals"]["new"]) == (first["totals"]["new"], 0)
        assert await everything(house) == before
        kept = await house.fetch("select family_name, birth_date from customer order by 1, 2")
        told = sorted(
            (row["Surname"], datetime.strptime(row["Birthday"], "%m/%d/%Y").date().isoformat())
            for row in rows
        )
        assert sorted((row["family_name"], row["birth_date"]) for row in kept) == told
