"""The strip on top."""

import pytest

from mobile_app.strip import LineStatus, Saying, strip_of

MINUTE = 60_000
NOW = 1_000 * MINUTE


class TestStrip:
    @pytest.mark.parametrize(
        ("status", "saying"),
        [
            (LineStatus(), Saying.FIRST_SYNC),
            (LineStatus(in_step_ms=NOW), Saying.IN_STEP),
            (LineStatus(in_step_ms=NOW, waiting=1, oldest_ms=NOW), Saying.SENDING),
            (LineStatus(online=False), Saying.OFFLINE),
            (LineStatus(cut=True, waiting=3, oldest_ms=NOW), Saying.OFFLINE_WAITING),
            (LineStatus(for_a_person=1, waiting=3), Saying.FOR_A_PERSON),
            (LineStatus(for_a_person=1, online=False), Saying.OFFLINE),
            (LineStatus(sign_in_expired=True, for_a_person=1), Saying.SIGN_IN_EXPIRED),
            (LineStatus(rejected="app_too_old", waiting=3), Saying.APP_TOO_OLD),
            (LineStatus(rejected="schema_too_new", sign_in_expired=True), Saying.SERVER_TOO_OLD),
            (LineStatus(rejected="app_too_old", no_room=True), Saying.NO_ROOM),
            (LineStatus(no_room=True, online=False), Saying.NO_ROOM),
            (LineStatus(saved_edits=3, online=False), Saying.REPAIRED),
            (LineStatus(saved_edits=3, edits_lost=True), Saying.REPAIRED_IN_PART),
        ],
    )
    def test_says_the_most_pressing_thing(self, status: LineStatus, saying: Saying) -> None:
        assert strip_of(status, NOW).saying is saying

    def test_counts_what_waits_and_its_age(self) -> None:
        strip = strip_of(LineStatus(online=False, waiting=3, oldest_ms=NOW - 12 * MINUTE), NOW)
        assert (strip.count, strip.minutes, strip.warns) == (3, 12, True)

    def test_shows_no_negative_age_when_the_clock_was_set_back(self) -> None:
        assert strip_of(LineStatus(waiting=1, oldest_ms=NOW + MINUTE), NOW).minutes == 0

    def test_is_calm_while_work_goes_on_by_itself(self) -> None:
        assert not strip_of(LineStatus(waiting=1, in_step_ms=NOW), NOW).warns
