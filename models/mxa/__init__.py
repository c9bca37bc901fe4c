"""MXA-EfficientViT: EfficientViT with a block beside each attention that looks into a region of interest."""
