"""Computing on the visitor's own device: what that needs, brought to this machine and served from it.

The models run in the visitor's browser (`ui/js/device/`); the host gives out files and computes nothing.
"""
