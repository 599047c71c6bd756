"""How long the rehearsal takes to build, and what it weighs: `python benchmarks/rehearsal.py`.

In a fresh process, into an empty cache, compiled code included where it is not on disk yet;
then its data alone, without packing and checks. Limits of the design: 30 s and 60 MB.
"""

import os
import tempfile
import time

from smile_explore import packs


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SMILE_EXPLORE_CACHE"] = folder
        begin, cpu = time.perf_counter(), time.process_time()
        pack = packs.open("rehearsal")
        took, cpu = time.perf_counter() - begin, time.process_time() - cpu
        size = sum(f.stat().st_size for f in pack.folder.rglob("*") if f.is_file()) / 1e6
        print(f"built, packed and checked: {took:.1f} s ({cpu:.1f} s of processors), {size:.0f} MB")
    from smile_explore.smile import rehearsal

    begin = time.perf_counter()
    data, truth = rehearsal.simulate()
    print(f"simulated again: {time.perf_counter() - begin:.1f} s, {len(data)} products, {len(truth)} tables of truth")  # fmt: skip


if __name__ == "__main__":
    main()
