"""MedNeXt and MedUNeXt (Xue et al., PLOS ONE 2026): sizes, blocks and the two networks.

No relation to MIC-DKFZ's MedNeXt for volumes, which has the same name.
"""
