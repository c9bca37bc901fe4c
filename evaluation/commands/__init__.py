"""The commands of `python -m evaluation` about localization."""
