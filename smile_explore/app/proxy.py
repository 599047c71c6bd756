"""The Explorer as a tile of JupyterLab's launcher, through jupyter-server-proxy.

Knows how to start the server for one user of a Jupyter server, and nothing else. Links of the
page are relative, so it works under any prefix, as on Binder.
"""

import os
import sys


def launcher() -> dict:
    """Return what jupyter-server-proxy asks of a server: its command and its tile.

    Examples
    --------
    >>> launcher()["launcher_entry"]["title"]
    'SMILE Explorer'
    """
    command = [sys.executable, "-m", "smile_explore.app.proxy", "{port}"]
    return {
        "command": command,
        "timeout": 60,
        "absolute_url": False,
        "new_browser_tab": False,
        "launcher_entry": {"title": "SMILE Explorer", "path_info": "smile-explorer/explorer"},
    }


def main() -> None:
    """Serve on the port that the proxy chose.

    On a hub the page comes from a host that nobody here knows, and the hub lets in its user
    alone: there any origin may connect. Elsewhere only this machine may.
    """
    from smile_explore.app.serve import serve

    hub = "JUPYTERHUB_SERVICE_PREFIX" in os.environ
    serve(port=int(sys.argv[1]), origins=["*"] if hub else None)


if __name__ == "__main__":
    main()
