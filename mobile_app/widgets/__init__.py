"""The kit: every widget the screens are made of. Imported whole: kv finds widgets by the names of classes."""

from mobile_app.widgets.buttons import Btn, FilterChip, IconBtn
from mobile_app.widgets.chart import SpendChart
from mobile_app.widgets.feedback import EmptyState, Snackbar
from mobile_app.widgets.navigation import RailItem, SearchBar, TabBar, TabItem
from mobile_app.widgets.surfaces import Avatar, Pill, Pressable, Surface
from mobile_app.widgets.text import Ico, Txt

__all__ = [
    "Avatar", "Btn", "EmptyState", "FilterChip", "Ico", "IconBtn", "Pill", "Pressable", "RailItem",
    "SearchBar", "Snackbar", "SpendChart", "Surface", "TabBar", "TabItem", "Txt",
]  # fmt: skip
