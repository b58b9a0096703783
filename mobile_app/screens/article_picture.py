"""An article as every tile shows it: its picture, or the sign of its family in a colour of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kivy.core.image import Image
from kivy.lang import Builder
from kivy.logger import Logger
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
    VariableListProperty,
)
from kivy.uix.floatlayout import FloatLayout

from mobile_app.widgets import Surface
from schemas.product import Product

FAMILY_ICONS: Mapping[str, str] = {
    "bags": "bag-personal-outline", "small_leather": "credit-card-outline", "shoes": "shoe-heel",
    "ready_to_wear": "hanger", "scarves": "hanger", "jewellery": "ring", "watches": "watch",
    "fragrance": "flower-outline", "accessories": "diamond-stone", "gifts": "gift-outline",
}  # fmt: skip


class ArticlePicture(FloatLayout):
    """The picture, once it is here: it covers its place, and what is beyond is cut off evenly."""

    picture = StringProperty()  # a file
    has_picture = BooleanProperty(False)
    texture = ObjectProperty(None, allownone=True)
    part = ListProperty([0, 1, 1, 1, 1, 0, 0, 0])  # of the texture: x and y of its corners
    icon_name = StringProperty("hanger")
    tone = NumericProperty(0)
    corners = VariableListProperty([16], length=4)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(size=self._cut)

    def on_picture(self, *_: Any) -> None:
        """Draw the picture once it is here; the sign of its family in place of one that cannot be read."""
        try:
            self.texture = Image(self.picture).texture if self.picture else None
        except Exception:  # whatever the library of images says of a damaged file
            Logger.warning("Article: a picture cannot be read")
            self.texture = None
        self.has_picture = self.texture is not None
        self._cut()

    def _cut(self, *_: Any) -> None:
        if self.texture is None or min(self.size) <= 0:
            return
        wide, high = self.texture.size
        scale = max(self.width / wide, self.height / high)
        x, y = (1 - self.width / scale / wide) / 2, (1 - self.height / scale / high) / 2
        self.part = [x, 1 - y, 1 - x, 1 - y, 1 - x, y, x, y]  # a file's first line is the highest


class Pictured(Surface):
    """A tile with such a picture, under the id ``shot``."""

    def picture_of(self, sku: str, product: Product | None, files: Mapping[str, str]) -> None:
        """Show an article, as far as anything is known of it."""
        shot = self.ids.shot
        shot.tone = sum(sku.encode()) % 6
        shot.icon_name = FAMILY_ICONS.get(product.family, "hanger") if product else "hanger"
        shot.picture = files.get(sku, "")


Builder.load_file(str(Path(__file__).with_name("article_picture.kv")))
