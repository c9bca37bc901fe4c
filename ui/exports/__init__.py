"""What a visitor takes along: a report, numbers, maps and drawings as files."""
