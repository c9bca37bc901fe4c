"""What a dataset's annotations say by themselves, without an image or a model: how large what is marked is, where it
lies, how well a map can do that never looks, and how well a perfect map of a few cells can do.
"""
