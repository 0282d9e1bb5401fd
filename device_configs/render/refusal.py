"""What a platform cannot do is refused, never left out."""


class NotRenderable(ValueError):
    """The declaration asks a platform for what it cannot do; the text says where, what and why."""
