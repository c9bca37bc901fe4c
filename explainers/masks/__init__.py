"""Maps of networks that were shown masks: what such a network can do, for those that were not to be compared with."""
