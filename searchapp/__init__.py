"""Find a picture in your own folders by describing it in your own language."""

__version__ = "0.1.0"
