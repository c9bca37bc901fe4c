"""MXA-EfficientViT: its block, its attention, its network."""
