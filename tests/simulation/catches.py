"""For each planted defect a story that it does not survive, as short as it can be told."""

CATCHES = {
    "the cursor is the highest number handed out": """
        look_reply_late 48771 36047 49614
        transaction_held 40400 53391 21347
        arrive 65091 27543 7052
        """,
    "a walk claims the snapshot of its last page": """
        arrive 954 49423 49518
        office_edit 12098 22572 19024
        """,
    "a walk goes by a position that moves": """
        round 0 0 0
        look_reply_late 0 0 0
        office_edit 0 0 0
        """,
    "what comes last is applied, not what is newest": """
        round 0 0 0
        look_reply_late 0 0 0
        office_edit 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "who comes back brings only what changed": """
        round 64880 16241 9923
        move 60875 34410 38098
        """,
    "no receipt is looked at": """
        edit 0 0 4
        reply_late 0 0 0
        """,
    "no fence is looked at": """
        round 0 0 0
        backup_made 0 0 0
        edit 0 0 0
        round 0 0 0
        backup_restored 0 0 0
        edit 0 0 4
        round 0 0 0
        """,
    "a reply may cross an epoch": """
        look_reply_late 1 0 0
        role_changed 1 0 0
        round 1 0 0
        late_reply_arrives 1 0 1
        """,
    "what was lost is only purged with the role": """
        arrive 2781 64217 56870
        policy_changed 17779 28258 41568
        """,
    "rows beside the feed come however late": """
        look_reply_late 0 0 0
        pins_expire 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "rows of two lives of the database are mixed": """
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
    "what was looked up is not told": """
        round 0 0 0
        server_backup_made 0 0 0
        look 0 0 0
        server_restored 0 0 0
        """,
    "a page under way answers for what came beside it": """
        arrive 38701 55744 59950
        move 40358 10777 51132
        edit 59575 52073 2647
        round 2431 28631 54196
        send 2359 16033 61844
        send 46509 14309 25651
        look 15004 50761 21702
        failed_over 28307 16601 20344
        round 50542 36066 59979
        """,
    "what a lost server was told of the erased is not asked again": """
        round 22556 36119 12354
        round 17721 17358 54143
        promise 8326 6268 11767
        round 2872 20226 10184
        look_reply_late 44983 18302 3004
        customer_erased 6556 657 17498
        arrive 45845 54744 4501
        office_edit 32088 64394 10604
        round 35033 51689 43088
        round 34785 46052 15000
        failed_over 42359 47898 28175
        """,
    "the other's word is told whatever he may read": """
        round 11142 16379 35940
        send 14715 62855 11275
        edit 18117 30163 31250
        role_flap 2469 24210 52987
        """,
    "a late row moves somebody back": """
        round 0 0 0
        look_reply_late 0 1 0
        pins_expire 0 0 0
        round 0 0 0
        late_reply_arrives 0 0 1
        """,
    "departures are remembered for ever": """
        round 0 0 0
        move 0 0 1
        round 0 0 0
        feed_swept 0 0 0
        move 0 0 0
        round 0 0 0
        """,
    "the week of own words outlives an erasure": """
        round 0 0 0
        edit 0 0 0
        round 0 0 0
        customer_erased 0 0 0
        """,
    "what a whole walk did not show stays": """
        round 0 0 0
        move 0 0 1
        history_lost 0 0 0
        """,
    "lost groups stay": """
        round 1 0 0
        role_changed 1 0 0
        """,
    "lost scopes stay": """
        round 18472 57261 56609
        role_changed 6112 27933 23239
        """,
    "who is in no scope any more stays": """
        arrive 1314 24675 40356
        tablet_transferred 3937 41519 41113
        """,
    "departures leave their values": """
        arrive 954 49423 49518
        move 34334 42500 2011
        """,
    "a twin goes on under the same name": """
        round 0 0 0
        backup_made 0 0 0
        edit 0 0 0
        round 0 0 0
        backup_restored 0 0 0
        edit 0 0 4
        round 0 0 0
        """,
    "a lost history is heard, and its tail forgotten": """
        server_backup_made 49206 20931 37090
        arrive 6879 12384 47162
        edit 20973 59311 62257
        round 54708 62578 30082
        server_restored 24997 59401 16900
        """,
    "a refused edit vanishes": """
        edit 20973 59311 62257
        """,
    "a repeated verdict is taken for applied": """
        edit 33006 30613 2580
        arrive 47946 30816 54940
        arrive 3804 51684 44315
        history_lost 10368 55405 10613
        """,
    "what became of an edit later is not told": """
        edit 1 0 2
        round 1 0 0
        resolve 1 0 0
        """,
    "a late page is taken for this one": """
        reply_late 46959 32566 41820
        reply_late 22202 11553 53547
        round 44097 46100 24746
        late_reply_arrives 18075 61763 53307
        """,
    "one page a round is enough": """
        """,
    "an answer that met a third word is a question of its own": """
        edit 49606 10076 49779
        arrive 12727 1858 6093
        tablet_cloned 48221 35333 24240
        office_edit 47403 56036 40151
        resolve 6561 34054 44124
        """,
    "what was asked before the first page is not asked again": """
        edit 59296 3683 38339
        arrive 39301 8103 32054
        resolve 60748 253 63568
        crash_before_apply 43990 45617 15927
        arrive 49918 24234 421
        feed_swept 62519 33723 33795
        """,
    "what was answered before the first page is not kept": """
        edit 7002 55706 38800
        round 50806 25380 10883
        reply_late 48333 65455 34723
        arrive 26381 16650 31518
        standby_asked 10911 65290 64714
        failed_over 7901 31217 29571
        late_reply_arrives 41868 3734 52992
        role_changed 34896 58643 9223
        round 37404 59698 56229
        """,
    "the tail is not sent again": """
        round 1 0 0
        server_backup_made 0 0 0
        edit 1 0 0
        round 1 0 0
        server_restored 0 0 0
        """,
    "the tail keeps what may not be read": """
        role_changed 17260 10236 45202
        send 5605 52838 40588
        person_switched 22628 38632 8499
        edit 60333 27083 10223
        arrive 56461 4460 56228
        """,
    "rows and token are not one transaction": """
        disk_full_while_applying 38653 54084 62243
        """,
    "memory is not rolled back with the file": """
        role_flap 16708 31892 56767
        disk_full_while_applying 41617 25063 3220
        """,
    "an edit takes its instant from the wall": """
        round 2 0 0
        clock_ten_years_behind 2 0 0
        edit 2 1 4
        """,
    "the tablet believes its clock": """
        round 2 0 0
        clock_ten_years_behind 2 0 0
        edit 2 1 4
        """,
    "an author quotes no revision": """
        round 1 0 0
        edit 1 0 2
        round 1 0 0
        """,
    "a removal takes more than was seen": """
        office_edit 54477 24904 52173
        edit 9500 44624 40998
        """,
    "an addition forgets the others": """
        office_edit 54477 24904 52173
        office_edit 5631 12592 48923
        """,
    "a withdrawn note keeps its text": """
        arrive 25506 32471 20076
        edit 39333 42076 44186
        edit 39249 54856 43771
        edit 44982 50644 65052
        """,
    "a grant answers every withdrawal": """
        round 0 0 0
        round 1 0 0
        edit 1 0 29
        round 1 0 0
        round 0 0 0
        edit 1 0 13
        round 1 0 0
        edit 0 0 29
        round 0 0 0
        """,
    "what was seen counts as unseen": """
        edit 1 0 2
        round 1 0 0
        resolve 1 0 0
        """,
    "a person's own earlier word is a stranger's": """
        round 1 0 0
        edit 1 0 2
        edit 1 0 2
        round 1 0 0
        """,
    "everybody may write everything": """
        tablet_cloned 30534 40705 27578
        edit 34804 37715 1314
        arrive 56460 55125 61904
        resolve 47244 33542 45357
        """,
    "everybody reaches everybody": """
        edit 20973 59311 62257
        """,
    "an erased person can be edited": """
        edit 0 0 0
        customer_erased 0 0 0
        """,
    "a value that gives way is not kept": """
        office_edit 0 0 1
        """,
    "a value that loses is not kept": """
        edit 50508 8748 18257
        transaction_held 60653 39136 23970
        """,
    "an edit of a merged customer stays behind": """
        round 1 0 0
        edit 1 0 4
        customer_merged 0 0 10
        round 1 0 0
        """,
    "a decision is not told to the tablet": """
        edit 1 0 2
        round 1 0 0
        resolve 1 0 0
        """,
    "the feed is not touched": """
        round 0 0 0
        office_edit 0 0 0
        """,
    "revisions stand still": """
        round 0 0 0
        office_edit 0 0 0
        """,
    "a fragment keeps the number of its first writer": """
        round 0 0 0
        office_edit 0 0 0
        """,
    "nobody ever leaves a store": """
        move 34401 59895 63902
        """,
    "nobody ever comes back to a store": """
        move 34401 59895 63902
        """,
    "a lost history is told once, whether it is heard or not": """
        round 0 0 0
        poison_edit 0 0 0
        send 0 0 0
        arrive 0 0 0
        failed_over 0 0 0
        reply_lost 0 0 0
        round 0 0 0
        """,
    "masked values travel in clear": """
        """,
    "what was gained is not sent": """
        """,
    "a round claims its latest end": """
        arrive 954 49423 49518
        edit 16725 34562 62387
        role_changed 11019 43034 17885
        """,
    "numbers are trusted across a crash": """
        round 0 0 0
        transaction_held 0 0 0
        transaction_held 0 1 0
        transaction_held 0 2 0
        transaction_aborted 0 0 0
        transaction_aborted 0 0 0
        transaction_aborted 0 0 0
        round 0 0 0
        postgres_crashed 0 0 0
        office_edit 0 0 0
        round 0 0 0
        """,
    "a walk begins anew after a crash": """
        arrive 50089 24933 22401
        postgres_crashed 54814 11151 37298
        edit 29232 26683 27391
        merge_chain 32703 13767 3975
        """,
    "a token outlives the log it was read from": """
        round 0 0 0
        round 1 0 0
        server_backup_made 0 0 0
        edit 0 0 15
        round 0 0 0
        round 1 0 0
        server_restored 0 0 0
        """,
    "any life of the database will do": """
        round 0 0 0
        move 0 0 1
        history_lost 0 0 0
        round 0 0 0
        """,
    "a row that passed is passed over with its values": """
        role_changed 0 3 0
        round 0 0 0
        office_edit 0 0 4
        office_edit 0 10 0
        round 0 0 0
        """,
    "a change before the last is not told": """
        person_switched 51322 9591 56054
        round 39463 44603 4849
        edit 37745 7844 25638
        office_edit 4716 42396 19730
        """,
    "a promise stays where it was": """
        round 0 0 0
        appointment 0 0 0
        round 0 0 0
        appointment 0 0 20
        """,
    "what is put off stays on its day": """
        round 0 0 0
        appointment 0 0 0
        round 0 0 0
        appointment 0 0 16
        """,
    "what is taken up again is in its first round": """
        round 0 0 0
        complaint 0 0 0
        round 0 0 0
        complaint 0 0 52
        round 0 0 0
        complaint 0 0 4
        """,
    "nobody writes down who has forgotten": """
        round 0 0 0
        customer_erased 0 0 0
        """,
    "a tablet does not say that it has forgotten": """
        round 0 0 0
        customer_erased 0 0 0
        """,
}
