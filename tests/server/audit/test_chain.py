"""The audit trail and what it gives away of tampering."""

import json
from pathlib import Path

import pytest

from server.audit.chain import append
from server.audit.head import Head, NoHead, genuine, keep, kept, signing_key
from server.audit.sealing import Sealer
from server.audit.verifying import Report, Wrong, verify
from server.cli import main
from server.database.pool import Connection, open_pool
from tests.conftest import run_aside
from tests.server.people import hire_everybody, make_customer, principal_named

SECRET = b"a secret of the audit trail's tests"
KEY = signing_key(SECRET).public_key()


async def _trail(connection: Connection, events: int = 6, sealer: Sealer | None = None) -> Head:
    for number in range(events):
        await append(connection, None, "test.happened", facts={"number": number})
    async with connection.transaction():
        sealed = await (sealer or Sealer(SECRET)).seal(connection)
    assert sealed is not None and sealed.events >= events
    return sealed.head


async def _wrongs(connection: Connection, *heads: Head) -> set[Wrong]:
    return {finding.wrong for finding in (await verify(connection, KEY, heads)).findings}


class TestTheChain:
    async def test_holds_when_nobody_touched_it(self, connection: Connection) -> None:
        first = await _trail(connection)
        second = await _trail(connection, 3)
        report = await verify(connection, KEY, [first, second])
        assert report.holds, report.findings
        assert (report.links, report.waiting) == (9, 0)

    async def test_holds_when_it_is_empty(self, connection: Connection) -> None:
        assert await verify(connection, KEY) == Report(links=0, waiting=0, head=None, findings=())

    @pytest.mark.parametrize(
        ("tampering", "wrong"),
        [
            ("update audit_event set action = 'test.other' where link = 3", Wrong.ALTERED),
            ("update audit_event set facts = '{\"number\": 99}' where link = 3", Wrong.ALTERED),
            ("update audit_event set at = at + interval '1 second' where link = 3", Wrong.ALTERED),
            ("update audit_event set actor = gen_random_uuid() where link = 3", Wrong.ALTERED),
            ("delete from audit_event where link = 3", Wrong.REMOVED),
            ("delete from audit_event where link = 1", Wrong.REMOVED),
            ("delete from audit_event where link = 6", Wrong.CUT_OFF),
            ("update audit_event set hash = '\\x00' where link = 6", Wrong.ALTERED),
            ("update audit_event set link = link + 1000 where link = 6", Wrong.REMOVED),
            ("delete from audit_head", Wrong.UNSIGNED),
            ("update audit_head set at = at + interval '1 day'", Wrong.UNSIGNED),
        ],
    )
    async def test_gives_tampering_away_and_says_what_it_is(
        self, connection: Connection, tampering: str, wrong: Wrong
    ) -> None:
        await _trail(connection)
        await connection.execute(tampering)
        assert wrong in await _wrongs(connection)

    async def test_is_proved_whole_by_a_head_kept_elsewhere(self, connection: Connection) -> None:
        early = await _trail(connection)
        late = await _trail(connection, 2)
        await connection.execute("delete from audit_event where link > 6")
        await connection.execute(
            "update audit_head set link = $1, hash = $2, at = $3, signature = $4",
            early.link,
            bytes.fromhex(early.hash),
            early.at,
            bytes.fromhex(early.signature),
        )
        assert await _wrongs(connection) == set()
        assert await _wrongs(connection, early, late) == {Wrong.CUT_OFF}

    async def test_remembers_for_ever_that_it_was_broken(self, connection: Connection) -> None:
        await _trail(connection)
        await connection.execute("delete from audit_event where link > 4")
        head = await _trail(connection, 20)
        assert head.breaks == 1
        assert await _wrongs(connection) == {Wrong.BROKEN_BEFORE}
        assert (await _trail(connection, 2)).breaks == 1
        assert await connection.fetchval(
            "select count(*) from audit_event where action = 'audit.chain_broken'"
        )

    async def test_is_found_put_back_by_a_server_that_ran_meanwhile(
        self, connection: Connection, database: str
    ) -> None:
        running = Sealer(SECRET)
        early = await _trail(connection)
        async with await open_pool(database, size=1) as pool:
            await append(connection, None, "test.happened")
            assert await running.run_once(pool) == 1
            await connection.execute("delete from audit_event where link > 6")
            await connection.execute(
                "update audit_head set link = $1, hash = $2, at = $3, signature = $4",
                early.link,
                bytes.fromhex(early.hash),
                early.at,
                bytes.fromhex(early.signature),
            )
            await append(connection, None, "test.happened")
            await running.run_once(pool)
        assert await _wrongs(connection) == {Wrong.BROKEN_BEFORE}

    async def test_is_sealed_by_one_process_at_a_time(self, connection: Connection, database: str) -> None:
        await append(connection, None, "test.happened")
        async with await open_pool(database, size=1) as pool, connection.transaction():
            assert await Sealer(SECRET).seal(connection) is not None
            assert await Sealer(SECRET).run_once(pool) == 0
        assert (await verify(connection, KEY)).holds


class TestHeads:
    async def test_are_signed_by_this_installation_alone(self, connection: Connection) -> None:
        head = await _trail(connection)
        assert genuine(KEY, head)
        other = signing_key(b"another installation's secret, as long").public_key()
        assert not genuine(other, head)
        assert {finding.wrong for finding in (await verify(connection, other)).findings} == {Wrong.UNSIGNED}

    async def test_are_kept_by_the_server_outside_the_database(
        self, connection: Connection, database: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "elsewhere" / "heads.jsonl"
        sealer = Sealer(SECRET, keep_at=file)
        async with await open_pool(database, size=1) as pool:
            for _ in range(3):
                await append(connection, None, "test.happened")
                await sealer.run_once(pool)
            await sealer.run_once(pool)
        assert [head.link for head in kept(file)] == [1, 2, 3]
        assert file.stat().st_mode & 0o077 == 0

    def test_name_the_line_that_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "heads.jsonl"
        keep(file, Head(link=1, hash="", at="2026-01-01T00:00:00Z", breaks=0))  # type: ignore[arg-type]
        file.write_text(file.read_text() + "torn")
        with pytest.raises(NoHead, match="line 2"):
            list(kept(file))


class TestTheCommand:
    def test_prints_a_head_and_finds_what_was_cut_off_since(
        self,
        database: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("COMPTOIR_SECRET", SECRET.hex())
        monkeypatch.setenv("COMPTOIR_HOME", str(tmp_path))
        heads = str(tmp_path / "heads.jsonl")

        async def happen(statement: str) -> None:
            async with await open_pool(database, size=1) as pool:
                await pool.execute(statement)

        one = "insert into audit_event (action) select 'test.happened' from generate_series(1, 5)"
        run_aside(happen(one))
        assert main(["audit", "head", "--database-url", database, "--keep", heads]) == 0
        assert json.loads(capsys.readouterr().out)["link"] == 5
        assert main(["audit", "verify", "--database-url", database, "--heads", heads]) == 0
        assert "holds: 5 links, 1 heads kept elsewhere" in capsys.readouterr().out
        run_aside(happen("delete from audit_head"))
        run_aside(happen("delete from audit_event where link > 2"))
        assert main(["audit", "verify", "--database-url", database, "--heads", heads, "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert {finding["wrong"] for finding in told["findings"]} == {"unsigned", "cut off"}


class TestEvents:
    async def test_of_an_edit_name_fields_and_no_values(self, connection: Connection) -> None:
        await hire_everybody(connection)
        ines = await principal_named(connection, "ines")
        her = await make_customer(connection, ines, given_name="Canari")
        row = await connection.fetchrow("select * from audit_event where action = 'customer.created'")
        assert row is not None
        assert (row["actor"], row["subject_id"]) == (ines.associate_id, her)
        assert "given_name" in row["facts"]["fields"]
        everything = await connection.fetchval("select string_agg(e::text, '') from audit_event e")
        assert "Canari" not in everything
