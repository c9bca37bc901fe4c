"""Messages between the server and the page: one model for each, from which the page's types are made.

`python -m ui.protocol` writes what the page knows of them; `--check` says whether that is still so.
"""
