"""The scenes that draw.py paints, by subject."""
