"""What can be said of a mean: intervals, tests, corrections."""
