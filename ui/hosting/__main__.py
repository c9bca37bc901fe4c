"""`python -m ui.hosting`: ask the app on this machine for /healthz; exit code 0 where it is ready, 1 where not.

For a container's HEALTHCHECK, so that it needs no curl. No proxy is asked, whatever the environment names.
"""

import http.client
import os
import sys

from ui.routes import HEALTH

_PATIENCE = 4.0  # seconds


def is_ready(port: int) -> bool:
    """Whether the app that listens on a port of this machine answers that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_ready(int(os.environ.get("GRADIO_SERVER_PORT", "7860"))))
