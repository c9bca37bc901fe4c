"""Where people looked while they read a radiograph: annotations that are maps, one file a dataset."""
