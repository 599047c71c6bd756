"""The Explorer as a tile of JupyterLab's launcher, through jupyter-server-proxy.

Knows how to start the server for one user of a Jupyter server, and nothing else. Links of the
page are relative, so it works under any prefix, as on Binder.
"""

import os
import sys
from collections.abc import Mapping


def launcher() -> dict:
    """Return what jupyter-server-proxy asks of a server: its command and its tile.

    Examples
    --------
    >>> launcher()["launcher_entry"]["title"]
    'SMILE Explorer'
    """
    command = [sys.executable, "-P", "-m", "smile_explore.app.proxy", "{port}"]
    return {
        "command": command,
        "timeout": 60,
        "absolute_url": False,
        "new_browser_tab": False,
        "launcher_entry": {"title": "SMILE Explorer", "path_info": "smile-explorer/explorer"},
    }


def main() -> None:
    """Serve on the port that the proxy chose, to pages that came through the proxy."""
    from smile_explore.app.serve import serve

    port = int(sys.argv[1])
    serve(port=port, names=names(port, os.environ))


def names(port: int, environment: Mapping[str, str]):
    """Return what the server answers to: the names that the proxy may be called by.

    On a hub nobody here knows them: any will do, for only the proxy can reach this port, and it
    lets in the hub's user alone. On a desktop every web page could reach the port: there the
    proxy is this machine, on whatever port Jupyter or an ssh tunnel has.

    Examples
    --------
    >>> hub = names(5006, {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"})
    >>> hub.has("hub.example.edu"), names(5006, {}).has("localhost:8888")
    (True, True)
    """
    from smile_explore import settings
    from smile_explore.app.hosts import ANY, Names

    if "JUPYTERHUB_SERVICE_PREFIX" in environment:
        return Names.of(port, [ANY])
    return Names.of(port, settings.hosts(), any_port=True)


if __name__ == "__main__":
    main()
