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
    command = [sys.executable, "-P", "-m", "smile_explore.app.proxy", "{port}"]
    return {
        "command": command,
        "timeout": 60,
        "absolute_url": False,
        "new_browser_tab": False,
        "launcher_entry": {"title": "SMILE Explorer", "path_info": "smile-explorer/explorer"},
    }


def main() -> None:
    """Serve on the port that the proxy chose, to pages that came through the proxy.

    On a hub the page comes from a host that nobody here knows: any may connect, for only the
    proxy can reach this port, and it lets in the hub's user alone, from the hub's own pages.
    On a desktop every web page could reach the port: there only this machine may connect.
    """
    from smile_explore.app.serve import serve

    serve(port=int(sys.argv[1]), origins=origins(os.environ))


def origins(environment) -> list[str] | None:
    """Return which pages may connect; None leaves it to the server: those of this machine.

    Examples
    --------
    >>> origins({"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"})
    ['*']
    """
    return ["*"] if "JUPYTERHUB_SERVICE_PREFIX" in environment else None


if __name__ == "__main__":
    main()
