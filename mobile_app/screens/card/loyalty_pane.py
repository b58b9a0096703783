"""The pane of her points: what she has, what they are worth, how they came about, and spending them."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from mobile_app.i18n import day, number, tr
from mobile_app.screens.card import spending
from mobile_app.screens.card.events import HoldPressed, RedeemPressed
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.loyalty_words import aside_words, hold_words, move_icon, move_words, worth_words
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.find.words import tier_words
from mobile_app.screens.forms import refill
from mobile_app.widgets import Pressable
from mobile_app.widgets.layouts import Box
from schemas.loyalty import FEWEST_REDEEMED, MOST_HELD, Reward


class RewardTile(Pressable):
    """Something points are given for."""

    points = NumericProperty(0)
    worth = StringProperty()
    cost = StringProperty()
    reached = BooleanProperty(False)


class MoveRow(Box):
    """One line of the ledger."""

    icon_name = StringProperty("circle-outline")
    title = StringProperty()
    when = StringProperty()
    points = StringProperty()


class LoyaltyPane(Pane):
    """Standing, rewards, and the ledger."""

    member = BooleanProperty(False)
    may_redeem = BooleanProperty(False)
    may_hold = BooleanProperty(False)
    _aside = 0

    def fill(self, model: CardModel) -> None:
        """Set what she has and what she may spend here and now."""
        assert model.card is not None
        ids, standing = self.ids, model.card.values.get("loyalty")
        self.member = isinstance(standing, dict)
        ids.nothing.text = "" if self.member else tr("Not a member yet. Her first points come with a card.")
        most, self._aside = spending.most(model), spending.set_aside(model)
        if isinstance(standing, dict):
            ids.points.text = number(standing["points"])
            ids.worth.text = tr("points, worth {amount}").format(amount=worth_words(standing["points"]))
            tier = tier_words(standing.get("tier"))
            since = tr("since {day}").format(day=day(standing["since"])) if standing.get("since") else ""
            ids.tier.text = ", ".join(part for part in (tier, since) if part)
        self.may_redeem = most >= FEWEST_REDEEMED
        self.may_hold = self.member and model.online and model.reads("loyalty")
        ids.redeem.text = tr("Spend points")
        ids.aside.text = aside_words(model) if self.member else ""
        ids.hold.text = hold_words(self._aside) if self.may_hold else ""
        ids.rewards_title.text = tr("Rewards") if self.member else ""

        def fill_reward(tile: RewardTile, each: tuple[Reward, bool]) -> None:
            reward, tile.reached = each
            tile.points, tile.disabled = reward.points, not tile.reached
            tile.worth = worth_words(reward.points)
            tile.cost = tr("{count} points").format(count=number(reward.points))

        refill(ids.rewards, spending.rewards(most) if self.member else (), self._reward, fill_reward)

        def fill_move(row: MoveRow, move: spending.PointsMove) -> None:
            row.icon_name, row.title, row.when = move_icon(move), move_words(move), day(move.at)
            row.points = f"{'+' if move.points > 0 else '−'}{number(abs(move.points))}"

        moves = spending.moves(model.card.values)
        ids.moves_title.text = tr("How they came about") if moves else ""
        refill(ids.moves, moves, MoveRow, fill_move)

    def redeem(self) -> None:
        """A button was pressed."""
        self.emit(RedeemPressed())

    def hold(self) -> None:
        """A button was pressed: set aside, or give back."""
        self.emit(HoldPressed(points=0 if self._aside else MOST_HELD))

    def _reward(self) -> RewardTile:
        tile = RewardTile()
        tile.bind(on_release=lambda pressed: self.emit(RedeemPressed(points=int(pressed.points))))
        return tile

    def _also(self, model: CardModel) -> Any:
        return model.online, model.now_ms


Builder.load_file(str(Path(__file__).with_name("loyalty_pane.kv")))
