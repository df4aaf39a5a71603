"""UserError: an error that the user can fix, shown as one line without a traceback."""


class UserError(Exception):
    """What is wrong, with the value it is wrong about, and the way out; one line."""
