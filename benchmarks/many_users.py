"""One and two processes of the served Explorer, 1, 5 and 25 sessions: `python benchmarks/many_users.py`.

Sessions are opened without a browser, at once, shared out in turn among the processes, as a proxy
that keeps a reader with one process would; then each moves its cursor and zooms, all at once, a few
times. Wall times hold the client's own work too: one Python makes the models of 25 pages. So the
processor time of the servers (psutil) and of the client stands beside them, for each session and
for each update; 1 s divided by the server's time for an update is how many a process can answer.
Servers share one cache, which holds the rehearsal, read-only.

``python benchmarks/many_users.py worst [24]``: sessions of one process move their cursors while
another client opens the largest study that is allowed; how many moves are answered within a second.
``python benchmarks/many_users.py leak [100]``: sessions opened and closed, ten at a time; the memory
of the process after each ten. Fewer may be asked for on a slow machine, and the figures say so.
"""

import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

COUNTS = (1, 5, 25)
ROUNDS = 3
_number = itertools.count(1)


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


def opened(url, **arguments):
    """Open a session, and say that its page is there, as a browser does."""
    from bokeh.client import pull_session
    from bokeh.document.events import MessageSentEvent
    from bokeh.events import DocumentReady

    session = pull_session(url=url, arguments=arguments or None)
    doc = session.document
    doc.callbacks.trigger_on_change(MessageSentEvent(doc, "bokeh_event", DocumentReady()))
    session.force_roundtrip()  # nothing is sent before the client waits for something
    return session


def timed(act, *args):
    """Return what a call gives, and the seconds that it took."""
    begun = time.perf_counter()
    return act(*args), time.perf_counter() - begun


def memory(servers):
    return sum(psutil.Process(s.pid).memory_info().rss for s in servers) / 1e6


def processor(servers):
    """Return the processor time of the servers and of this client so far, seconds."""
    return sum(sum(psutil.Process(s.pid).cpu_times()[:2]) for s in servers), time.process_time()


def settle(servers, seconds=60):
    """Wait until the servers have done what they do after a page has gone out."""
    until, before = time.monotonic() + seconds, -1.0
    while time.monotonic() < until and (now := processor(servers)[0]) - before > 0.05:
        before = now
        time.sleep(1)


def spent(servers, call, n):
    """Return what `call` does, and its seconds: wall, and of processors, servers and client, of n."""
    begun, before = time.perf_counter(), processor(servers)
    result = call()
    whole = time.perf_counter() - begun
    cpu = [(b - a) / n for a, b in zip(before, processor(servers), strict=True)]
    return result, whole, *cpu


def measure(processes, env):
    ports = [free_port() for _ in range(processes)]
    servers = [start(port, env) for port in ports]
    try:
        for port in ports:
            wait_for(port)
        print(f"{processes} process{'es' * (processes > 1)}: {memory(servers):.0f} MB before the first session")  # fmt: skip
        for count in COUNTS:
            sessions(servers, [ports[k % processes] for k in range(count)])
    finally:
        for server in servers:
            server.kill()
            server.wait()


def sessions(servers, ports):
    """Open a session for each port at once, and let all do the same at once."""
    n = len(ports)
    settle(servers)
    with ThreadPoolExecutor(n) as pool:
        urls = [f"http://127.0.0.1:{port}/explorer" for port in ports]
        got, whole, served, own = spent(servers, lambda: list(pool.map(lambda url: timed(opened, url), urls)), n)  # fmt: skip
        median = statistics.median(seconds for _, seconds in got)
        print(f"  {n:3d} sessions at once: last page {whole:6.2f} s, median {median:6.2f} s, {memory(servers):6.0f} MB;"
              f" cpu of a session: server {served:5.2f} s, client {own:5.2f} s", flush=True)  # fmt: skip
        for gesture in GESTURES:
            settle(servers)
            jobs = [(session, gesture) for session, _ in got]
            took, _, served, own = spent(
                servers, lambda j=jobs: [s for _ in range(ROUNDS) for s in pool.map(lambda a: asked(*a), j)], n * ROUNDS
            )  # fmt: skip
            print(f"      {gesture}: answered in {statistics.median(took):5.2f} s, all in {max(took):5.2f} s;"
                  f" cpu of an update: server {1e3 * served:4.0f} ms, client {1e3 * own:4.0f} ms", flush=True)  # fmt: skip
    for session, _ in got:
        session.close()


def asked(session, gesture, start=None):
    """Return the seconds until a session is sent the answer to a gesture; all wait for `start`.

    The answer is looked for in what comes in, not turned into models: that takes a Python longer
    than the server, and a class has a browser each. (`force_roundtrip` would not do at all: it
    drops what comes in while it waits.)
    """
    bridge, n = named(session, "bridge"), next(_number)
    message, mark = GESTURES[gesture](session, n)

    async def answer():
        while True:
            frame = await session._connection._socket.read_message()
            if frame is None:
                sys.exit("the server closed a session")
            if isinstance(frame, str) and mark in frame:
                return

    if start:
        start.wait()
    begun = time.perf_counter()
    bridge.data = {"m": [json.dumps(message | {"n": n})]}
    session._connection.io_loop.run_sync(answer, timeout=60)
    return time.perf_counter() - begun


def named(session, name):
    return next(m for m in session.document.models if str(m.name or "").startswith(f"{name}-"))


def cursor(session, n):
    """Put the cursor somewhere in the view; the answer bears the number of the message."""
    axis, line = named(session, "strip").x_range, named(session, "cursor")
    t = axis.start + n * 0.618 % 1 * (axis.end - axis.start)
    return {"do": "cursor", "t": t}, f'"model":{{"id":"{line.id}"}},"attr":"tags","new":[{n}]'


def zoom(session, _):
    axis = named(session, "strip").x_range
    return {"do": "zoom", "by": 0.8}, f'"model":{{"id":"{axis.id}"}},"attr":"end"'


GESTURES = {"cursor": cursor, "zoom": zoom}
SECONDS = 30  # that the cursors are moved for


def worst() -> str:
    """Return the largest study that is allowed, packed for a link."""
    from smile_explore.app.state import MOST_PANELS, Study

    lines = itertools.permutations(("b", "ae", "al", "au", "sym_h"))
    panels = [f"omni.1min:{','.join(names)}:GSM" for names in itertools.islice(lines, MOST_PANELS)]
    window = ("2027-03-21", "2027-03-23")
    return Study(event="rehearsal", source="rehearsal", panels=panels, window=window).to_query()


@contextmanager
def serving(env):
    """Give a server of one process, and the address of its page."""
    port = free_port()
    server = start(port, env)
    try:
        wait_for(port)
        yield server, f"http://127.0.0.1:{port}/explorer"
    finally:
        server.kill()
        server.wait()


def beside_the_worst(env, count=24):
    with serving(env) as (server, url), ThreadPoolExecutor(count) as pool:
        sessions = list(pool.map(opened, [url] * count))
        settle([server])
        alone = sorted(
            itertools.chain.from_iterable(
                pool.map(moved, sessions, [time.monotonic() + SECONDS] * count)
            )
        )
        print(f"{count} sessions alone: {answers(alone)}", flush=True)
        until = time.monotonic() + SECONDS
        moves = [pool.submit(moved, session, until) for session in sessions]
        other = subprocess.Popen([sys.executable, __file__, "open", url, worst()], env=env)
        took = sorted(itertools.chain.from_iterable(m.result() for m in moves))
        print(f"{count} sessions beside the largest study: {answers(took)}", flush=True)
        if other.poll():
            sys.exit("the largest study was not opened: the figure above is of no use")
        other.kill()
        other.wait()


def answers(took) -> str:
    within = sum(t < 1 for t in took) / len(took)
    return f"{len(took)} moves of a cursor, {within:.1%} answered within 1 s, 95 % within {took[int(0.95 * len(took))]:.2f} s, all within {took[-1]:.2f} s"


def moved(session, until) -> list[float]:
    """Move a cursor twice a second; return the seconds to each answer."""
    took = []
    while time.monotonic() < until:
        took.append(asked(session, "cursor"))
        time.sleep(max(0.0, 0.5 - took[-1]))
    return took


def opened_and_closed(env, count=100):
    with serving(env) as (server, url):
        first = 0.0
        for so_far in range(10, count + 1, 10):
            for _ in range(10):
                opened(url).close()
            time.sleep(
                35
            )  # a session is dropped 15 s after its page has gone; looked for every 17 s
            now = memory([server])
            first = first or now
            print(
                f"{so_far:3d} sessions opened and closed: {now:.0f} MB, {now / first:.2f} of that after ten",
                flush=True,
            )


def held_open(url, study):
    """Open a page in a process of its own, whose work must not delay the others' clients."""
    print(
        f"  the page of the largest study was there after {timed(lambda: opened(url, study=study))[1]:.1f} s",
        flush=True,
    )
    time.sleep(60)


def main():
    import panel as pn

    import smile_explore.app.serve  # noqa: F401  bokeh's client must know the page's models

    pn.extension("tabulator")  # and the table's, which Panel loads when asked

    mode, *rest = sys.argv[1:] or [""]
    if mode == "open":
        held_open(*rest)
        return
    with tempfile.TemporaryDirectory() as scratch:
        env = os.environ | {"SMILE_EXPLORE_CACHE": scratch, "SMILE_EXPLORE_OFFLINE": "1"}
        build = "from smile_explore import packs; packs.open('rehearsal')"
        subprocess.run([sys.executable, "-c", build], env=env, check=True)
        for path in Path(scratch).rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        print(f"{os.cpu_count()} cores")
        act = {"worst": beside_the_worst, "leak": opened_and_closed}.get(mode)
        if act:
            act(env, *map(int, rest))
        for processes in () if act else (1, 2):
            measure(processes, env)
        for path in Path(scratch).rglob("*"):
            path.chmod(0o755)


if __name__ == "__main__":
    main()
