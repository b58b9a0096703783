"""The made brand: invented people, products and years of history to try everything on."""
