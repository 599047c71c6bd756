"""A short run of the fuzz program, in a process of its own; `make fuzz` does 10,000 copies."""

import subprocess
import sys
from pathlib import Path


def test_damaged_copies_of_real_files_give_a_dataset_or_one_of_our_errors(real_data):
    program = Path(__file__).parents[1] / "fuzz.py"
    command = [sys.executable, str(program), "150", "--jobs", "1", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "150 of 150 copies" in done.stdout
