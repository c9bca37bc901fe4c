"""One file a family of models: what the program says about it, and how it is built and run.

PyTorch is imported inside the functions, so that the page and the command lines know all models before it is there.
"""
