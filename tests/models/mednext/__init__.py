"""MedNeXt and MedUNeXt."""
