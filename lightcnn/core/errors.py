"""The error that a user can mend: it is shown as one line, without a traceback."""


class UserError(Exception):
    """What is wrong, with the value it is wrong about, and the way out; one line."""
