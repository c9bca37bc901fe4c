"""Models for the visitor's own device: a network as an ONNX graph, and what a reader of it has to know."""
