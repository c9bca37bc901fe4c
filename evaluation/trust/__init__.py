"""Whether explanations are faithful, stable and honest, and whether probabilities can be relied on."""
