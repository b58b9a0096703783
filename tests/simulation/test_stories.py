"""Stories that once ended badly, each as short as it can be told."""

import pytest

from tests.simulation.simulation import play
from tests.simulation.story import Step

# what went wrong -> its steps
STORIES = {
    "a tablet stood in a store that its person has no part in: his note for the store is for him alone": """
        tablet_transferred 48882 40574 36968
        person_switched 50653 48685 43453
        tablet_transferred 22757 57870 43430
        edit 59691 48520 63435
        """,
    "a first download that a crash of PostgreSQL interrupted kept a customer who left meanwhile": """
        send 62975 40672 61921
        postgres_crashed 42503 41107 35843
        arrive 2 26023 15882
        move 34401 59895 63902
        """,
    "edits made after the clock fell back ten years were taken for stale ones": """
        round 2 0 0
        clock_ten_years_behind 2 0 0
        edit 2 1 4
        """,
    "a conflict still told the other's word to somebody who had lost the right to it": """
        edit 21460 30723 34787
        round 18472 57261 56609
        role_changed 6112 27933 23239
        """,
    "a standby answered somebody who had just lost all that was left to read": """
        round 45616 20640 33999
        role_changed 39592 62456 56268
        arrive 63916 1197 11935
        role_changed 31378 54461 35859
        standby_asked 63709 5220 3258
        """,
    "a fragment that was damaged twice had a revision below nothing, and no sum": """
        round 18320 18474 22999
        file_damaged 21800 32302 32359
        file_damaged 19913 59806 51163
        """,
    "a change that was refused under a merged id went with her who was unmerged and then erased": """
        merge_chain 26810 2496 18116
        edit 17383 13272 60287
        poison_edit 15561 19802 21286
        round 48852 53974 36638
        customer_unmerged 25752 52730 10498
        customer_erased 48269 45072 55518
        """,
    "somebody was moved away under the id of one who had been merged into her": """
        merge_chain 19994 25049 247
        complaint 22501 40315 62248
        move 31521 42503 13216
        round 61246 26480 50080
        customer_merged 57373 15771 36412
        """,
    "a decision was refused by a server put back to before it, when its person had moved": """
        edit 27577 28316 3106
        arrive 50614 6336 24903
        server_backup_made 44872 46141 23061
        resolve 40801 15692 35325
        round 37675 53257 36083
        role_changed 58843 45620 13110
        arrive 10144 61613 22307
        server_restored 1199 9343 12318
        move 2724 13220 24470
        """,
    "an edit whose person was not there yet was let stand twice: the second refusal was taken for a yes": """
        arrive 27372 17978 31865
        edit 53127 53027 51359
        edit 49759 25811 25416
        round 36145 7592 36537
        held_edit_decided 44293 30669 143
        held_edit_decided 64203 5446 28703
        round 16533 1679 58687
        failed_over 1375 23664 16955
        """,
    "an answer of before the first page was lost, and its request, met again, refused: nobody was told": """
        complaint 39473 2596 36991
        move 36421 40314 16810
        send 61739 37568 50358
        failed_over 27701 48928 20704
        move 25951 6852 47720
        crash_while_applying 5102 28468 4887
        old_request_again 10694 60726 49029
        """,
    "a look-up's reply came after a newer word": """
        round 0 0 0
        look_reply_late 0 0 0
        office_edit 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "a look-up's reply came after its pin was gone": """
        round 0 0 0
        look_reply_late 0 1 0
        pins_expire 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "a look-up's reply came after an erasure": """
        round 0 0 0
        look_reply_late 0 1 0
        customer_erased 0 1 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "a manager's reply came to somebody who is a seller now": """
        round 1 0 0
        look_reply_late 1 0 0
        role_changed 1 0 0
        round 1 0 0
        late_reply_arrives 1 0 1
        """,
    "a word that was chosen in a conflict stands where she had been merged to by then": """
        edit 39865 16615 17443
        look 43546 5729 1307
        arrive 22957 58978 2565
        customer_merged 18604 23465 34162
        resolve 24793 52356 12738
        role_changed 22184 41695 23940
        """,
    "whom she was merged with when an edit was judged is not whom she is merged with at the end": """
        edit 6533 58555 47615
        merge_chain 22299 57760 3616
        edit 45432 8180 775
        move 46855 24745 51538
        push_held 15630 3119 59314
        customer_unmerged 5495 55892 8414
        customer_merged 24086 26764 45091
        """,
    "a number was given out again after a crash": """
        round 0 0 0
        transaction_held 0 0 0
        transaction_aborted 0 0 0
        round 0 0 0
        postgres_crashed 0 0 0
        office_edit 0 0 0
        round 0 0 0
        """,
    "the server forgot what a tablet had read": """
        round 0 0 0
        round 1 0 0
        server_backup_made 0 0 0
        edit 1 0 0
        round 1 0 0
        round 0 0 0
        server_restored 0 0 0
        """,
    "the server forgot what a tablet had said": """
        round 0 0 0
        server_backup_made 0 0 0
        edit 0 0 0
        round 0 0 0
        server_restored 0 0 0
        """,
    "somebody left while history was lost": """
        round 0 0 0
        move 0 0 1
        history_lost 0 0 0
        round 0 0 0
        """,
    "an old image of the disk went on": """
        round 0 0 0
        backup_made 0 0 0
        edit 0 0 0
        round 0 0 0
        backup_restored 0 0 0
        edit 0 0 4
        round 0 0 0
        """,
    "two said different things and one decided": """
        round 1 0 0
        office_edit 0 0 1
        edit 1 0 2
        round 1 0 0
        resolve 1 0 0
        round 1 0 0
        """,
    "what was said of somebody lately outlived her erasure": """
        round 0 0 0
        edit 0 0 0
        round 0 0 0
        customer_erased 0 0 0
        """,
    "a server restored from a backup forgot what it had refused and kept for a manager": """
        server_backup_made 49206 20931 37090
        arrive 6879 12384 47162
        edit 20973 59311 62257
        round 54708 62578 30082
        server_restored 24997 59401 16900
        """,
    "a server restored from a backup forgot whom a tablet had looked up": """
        round 0 0 0
        server_backup_made 0 0 0
        look 0 0 0
        server_restored 0 0 0
        """,
    "a look-up's reply came after a walk from nothing that no longer showed its pin": """
        look_reply_late 0 0 0
        pins_expire 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "verdicts came after a walk from nothing that no longer showed their customer": """
        round 0 0 0
        edit 0 0 4
        reply_late 0 0 0
        move 0 0 1
        history_lost 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "a conflict told to somebody in a role that lasted for one push outlived it": """
        round 11142 16379 35940
        send 14715 62855 11275
        edit 18117 30163 31250
        role_flap 2469 24210 52987
        """,
    "somebody came back to a store after her departure was swept from the feed": """
        round 0 0 0
        move 0 0 1
        round 0 0 0
        feed_swept 0 0 0
        move 0 0 0
        round 0 0 0
        """,
    "what became of an edit was swept before its tablet had heard it": """
        edit 65524 11476 54626
        round 7216 15261 17297
        resolve 43015 5413 51593
        arrive 49342 6636 33202
        feed_swept 50966 61972 24729
        """,
    "a clock that jumped ten years ahead made what was answered lately too old to be sent again": """
        person_switched 37089 22076 55704
        edit 11790 45729 33123
        crash_while_applying 5338 33382 15556
        round 21982 5811 35204
        edit 20622 31108 31690
        arrive 39001 60121 53476
        arrive 8074 45043 60001
        edit 3457 45582 43588
        edit 30759 25356 40314
        round 17385 65040 36642
        backup_made 44646 11873 27605
        edit 60380 32973 52633
        failed_over 1782 61843 59281
        edit 22485 9967 2319
        arrive 46735 13682 33001
        late_reply_arrives 51136 27996 42922
        send 2663 13154 7446
        clock_ten_years_ahead 21230 41180 56120
        """,
    "the only reply that told of a lost history was lost itself": """
        round 62950 46607 34205
        push_held 32923 62141 26053
        promise 29683 49752 12322
        arrive 58066 23478 48253
        arrive 32089 8056 20100
        failed_over 58413 39376 2583
        send 14017 56059 21942
        """,
    "a person was erased whom a standby that lacked what was said of her had taken over": """
        round 55319 38410 49634
        promise 22487 61025 46826
        arrive 48965 16580 5856
        send 41469 6525 32259
        edit 57058 6114 2003
        crash_while_applying 56662 14260 55343
        send 56800 23518 55665
        look_reply_late 20020 58548 65106
        failed_over 49422 30180 24368
        customer_erased 32251 20905 5038
        """,
    "who had pushed before his first page was not told that the server had forgotten": """
        person_switched 60951 21247 39972
        reply_lost 11662 24763 45841
        round 64289 21604 12011
        edit 6229 41035 1037
        poison_edit 16175 54668 56684
        round 35381 52595 28232
        arrive 11968 52656 4626
        arrive 61619 20613 31867
        failed_over 22729 59211 24824
        """,
    "a note was read in the store to which its tablet had been transferred": """
        edit 1760 7252 42331
        tablet_transferred 29198 62034 39890
        """,
    "a note reached a store that its author had left": """
        tablet_cloned 32280 63670 53088
        edit 27620 30448 59834
        move 9223 3648 42998
        tablet_transferred 51216 52472 41742
        stores_changed 12440 45198 2140
        """,
    "a tablet came back after weeks to a server that had lost what it had answered": """
        office_edit 48219 47402 34897
        round 2743 12631 52912
        edit 51661 60063 19615
        look_reply_late 42254 10340 1917
        look 23407 49516 46230
        round 51778 3196 31211
        round 55602 49396 20358
        failed_over 49300 26412 12282
        away_for_weeks 24889 7381 63139
        """,
    "verdicts came late of a life that was lost, after the same edits were judged again": """
        crash_after_apply 53268 29706 13968
        edit 41295 64532 4198
        edit 9242 377 33023
        person_switched 41317 56527 32979
        transaction_held 62441 59367 61548
        arrive 27407 59097 11586
        reply_late 41580 19532 57347
        failed_over 20277 18529 13902
        arrive 848 22589 16331
        late_reply_arrives 8736 13845 12396
        transaction_held 32998 28600 29178
        """,
    "what was refused was given up before the server forgot that it had refused it": """
        office_edit 59314 44645 46360
        poison_edit 43884 7621 54022
        arrive 36840 5104 61713
        arrive 29341 40090 24752
        edit 21164 41890 55360
        round 62855 28394 49953
        failed_over 18573 44467 26526
        dismiss 45957 62074 61653
        """,
    "somebody was to be forgotten whose creation a late commit still kept from the server": """
        promise 38780 14983 50590
        crash_while_saving 14175 52784 44131
        appointment 43953 64859 23070
        edit 48451 59974 13943
        edit 54409 32792 6495
        promise 49800 50354 52738
        transaction_held 33361 17063 11189
        customer_erased 61964 64619 46652
        """,
    "an edit waited while its person was erased": """
        round 0 0 0
        edit 0 0 0
        customer_erased 0 0 0
        """,
}


def told(text: str) -> list[Step]:
    """Return the steps of a story as `comptoir prove simulation` prints them."""
    steps = []
    for line in text.split("\n"):
        if line.strip():
            name, *numbers = line.split()
            a, b, c = map(int, numbers)
            steps.append(Step(name=name, a=a, b=b, c=c))
    return steps


class TestStories:
    @pytest.mark.parametrize("name", STORIES)
    def test_end_well(self, name: str) -> None:
        assert play(0, 0, story=told(STORIES[name])).broken == ()
