"""Boxes that a map finds, against boxes that people drew: finding, matching, average precision."""
