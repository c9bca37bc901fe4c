"""Thresholds chosen on validation cases."""
