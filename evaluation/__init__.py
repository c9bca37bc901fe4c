import data_cache.silence  # noqa: F401  before any library
