"""Colours, type and tones as plain facts; no Kivy."""

# Warm paper, one deep green; every pair of ink and surface holds AA contrast (tested).
TOKENS: dict[str, dict[str, str]] = {
    "light": {
        "surface": "#FBF9F6", "low": "#F5F2EC", "container": "#F0ECE5", "high": "#E9E4DB",
        "surface_ink": "#1D1B18", "variant_ink": "#5C564D",
        "outline": "#837C71", "outline_variant": "#DDD6CA",
        "primary": "#1F4D45", "primary_ink": "#FFFFFF",
        "primary_container": "#CBE3DA", "primary_container_ink": "#06231D",
        "secondary_container": "#DDE7E0", "secondary_ink": "#1B2A25",
        "warn": "#FBE7C2", "warn_ink": "#3D2A00", "ok": "#2E6B3F", "bad": "#9B3B2E", "gold": "#7F6128",
    },
    "dark": {
        "surface": "#141311", "low": "#1C1B18", "container": "#21201C", "high": "#2C2A26",
        "surface_ink": "#EAE6DF", "variant_ink": "#BDB6AA",
        "outline": "#948D81", "outline_variant": "#3B3832",
        "primary": "#9CD3C3", "primary_ink": "#00372F",
        "primary_container": "#24574D", "primary_container_ink": "#CBE5DC",
        "secondary_container": "#2A3A35", "secondary_ink": "#D5E5DC",
        "warn": "#4A3710", "warn_ink": "#FFE3AE", "ok": "#8FD69F", "bad": "#F2B8AE", "gold": "#D9B977",
    },
}  # fmt: skip

# role: (font, size in sp)
TYPE: dict[str, tuple[str, int]] = {
    "name": ("Serif", 38), "headline": ("Serif", 28), "figure": ("InterM", 22), "title_l": ("InterM", 20),
    "title_m": ("InterM", 16), "title_s": ("InterM", 14), "body_l": ("Inter", 16), "body_m": ("Inter", 14),
    "body_s": ("Inter", 12), "label_l": ("InterM", 14), "label_m": ("InterM", 12), "label_s": ("InterM", 11),
}  # fmt: skip

# (background, ink) of avatars and of pictures that are missing
_TONES_LIGHT = (
    ("#DCE4EE", "#1B3354"), ("#F1DBD6", "#521F14"), ("#DBE7D6", "#1F3D1B"), ("#F3E4C6", "#493508"),
    ("#E4DCEE", "#3A2459"), ("#D4E6E6", "#123E40"),
)  # fmt: skip
_TONES_DARK = (
    ("#2B3A4F", "#CFDDF1"), ("#4A2B26", "#F3CFC7"), ("#2B3D2B", "#D3E8CF"), ("#463818", "#F4E0B5"),
    ("#3A2F4A", "#E5D9F3"), ("#20393A", "#C9E7E7"),
)  # fmt: skip

TIERS: dict[str, tuple[str, str]] = {
    "silver": ("#E4E3E0", "#45423C"),
    "gold": ("#F0DDAE", "#4F3B05"),
    "platinum": ("#D3DFE6", "#1A3A4C"),
    "black": ("#24211D", "#E9D6AE"),
}


def tone_pair(key: int, *, dark: bool) -> tuple[str, str]:
    """Return background and ink for something numbered; the same number always has the same tone."""
    tones = _TONES_DARK if dark else _TONES_LIGHT
    return tones[key % len(tones)]
