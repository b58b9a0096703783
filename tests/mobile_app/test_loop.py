"""The circle of a screen."""

from mobile_app.loop import Loop


def counting(model: int, event: str) -> tuple[int, list[str]]:
    match event:
        case "add":
            return model + 1, []
        case "add twice":
            return model, ["add", "add"]
        case _:
            return model, []


class TestLoop:
    def loop(self, shown: list[int]) -> Loop[int, str, str]:
        loop: Loop[int, str, str] = Loop(0, counting, lambda effect: loop.send(effect))
        loop.shown_by(shown.append)
        return loop

    def test_shows_the_model_at_once_and_after_each_change(self) -> None:
        shown: list[int] = []
        self.loop(shown).send("add")
        assert shown == [0, 1]

    def test_does_not_draw_what_did_not_change(self) -> None:
        shown: list[int] = []
        self.loop(shown).send("nothing")
        assert shown == [0]

    def test_takes_what_effects_send_back_in_order(self) -> None:
        shown: list[int] = []
        self.loop(shown).send("add twice")
        assert shown == [0, 1, 2]
