"""The one error type whose message is meant for the person who gave the input."""


class InputError(ValueError):
    """A named input is wrong.

    The message is one sentence that says what was expected, what was found and what to do. Command lines print
    it on stderr and exit with code 1; the page shows it and keeps everything else. Any other exception is a bug.
    """
