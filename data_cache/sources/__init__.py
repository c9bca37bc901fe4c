"""Datasets as sources of cases: one file and one line in `registry` each."""
