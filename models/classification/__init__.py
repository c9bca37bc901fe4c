"""How well a model's 14 probabilities agree with the labels: AUROC and friends with bootstrap intervals."""
