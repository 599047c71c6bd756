"""One and two processes of the served Explorer, 1, 5 and 25 sessions: `python benchmarks/many_users.py`.

Sessions are opened without a browser, at once, shared out in turn among the processes, as a proxy
that keeps a reader with one process would. Seconds until the last page has come, the median page,
and the memory of all servers. Servers share one cache, which holds the rehearsal, read-only.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

COUNTS = (1, 5, 25)


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def start(port, env):
    app = str(Path(sys.executable).parent / "smile-explore")
    command = [app, "app", "--no-browser", "--port", str(port)]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(port, seconds=120):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/explorer", timeout=60) as page:
                page.read()
                return
        except OSError:
            time.sleep(0.5)
    sys.exit(f"no server on port {port} after {seconds} s")


def opened(port):
    from bokeh.client import pull_session

    begun = time.perf_counter()
    session = pull_session(url=f"http://127.0.0.1:{port}/explorer")
    return session, time.perf_counter() - begun


def memory(servers):
    return sum(psutil.Process(s.pid).memory_info().rss for s in servers) / 1e6


def measure(processes, env):
    ports = [free_port() for _ in range(processes)]
    servers = [start(port, env) for port in ports]
    try:
        for port in ports:
            wait_for(port)
        print(f"{processes} process{'es' * (processes > 1)}: {memory(servers):.0f} MB before the first session")  # fmt: skip
        for count in COUNTS:
            begun = time.perf_counter()
            with ThreadPoolExecutor(25) as pool:
                got = list(pool.map(opened, [ports[k % processes] for k in range(count)]))
            whole = time.perf_counter() - begun
            median = statistics.median(seconds for _, seconds in got)
            print(f"  {count:3d} sessions at once: last page {whole:6.2f} s, median {median:6.2f} s, {memory(servers):6.0f} MB")  # fmt: skip
            for session, _ in got:
                session.close()
    finally:
        for server in servers:
            server.kill()
            server.wait()


def main():
    import panel as pn

    import smile_explore.app.serve  # noqa: F401  bokeh's client must know the page's models

    pn.extension("tabulator")  # and the table's, which Panel loads when asked

    with tempfile.TemporaryDirectory() as scratch:
        env = os.environ | {"SMILE_EXPLORE_CACHE": scratch, "SMILE_EXPLORE_OFFLINE": "1"}
        build = "from smile_explore import packs; packs.open('rehearsal')"
        subprocess.run([sys.executable, "-c", build], env=env, check=True)
        for path in Path(scratch).rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        print(f"{os.cpu_count()} cores")
        for processes in (1, 2):
            measure(processes, env)
        for path in Path(scratch).rglob("*"):
            path.chmod(0o755)


if __name__ == "__main__":
    main()
