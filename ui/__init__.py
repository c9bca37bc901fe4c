import data_cache.silence  # noqa: F401  before any library

VERSION = "0.1.0"  # of the program, as in pyproject.toml
