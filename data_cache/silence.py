"""Keeps the libraries from calling home; imported by every package of the project before any library is.

OpenVINO is the one that does not ask: `import openvino` imports its package openvino_telemetry, which puts a client
identifier into the home folder and sends it to Google Analytics. It knows no variable to turn it off, and pip installs
it with OpenVINO whatever is asked. But OpenVINO goes on with a stand-in of its own where that package cannot be
imported, and Python refuses to import what `sys.modules` holds None for. The others have variables, which the
processes that this one starts inherit.
"""

import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio: usage, and whether there is a newer version
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # the Hub's library, which also says in its requests what is installed
os.environ["DO_NOT_TRACK"] = "1"  # what else keeps to the convention
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
