"""Write requirements.lock from pyproject.toml, and the pins of environment.yml from the lock.

Pins stay as they are while they satisfy pyproject.toml; ``--upgrade`` takes the newest. The
first resolution is for the oldest Python and binds the second, so that one version of each
package serves every Python we support.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / "environment.yml"
OLDEST = "3.11"

#: A pinned line: of the lock (at its beginning) or of the pip section (after a dash).
PIN = re.compile(
    r"^(?P<head>(?:\s*- )?)(?P<name>[\w.-]+)(?P<extras>\[.*?\])?==(?P<version>[^\s;]+)", re.M
)


def versions(text: str) -> dict[str, str]:
    """Return the pinned version of each package, by its normalised name."""
    return {normal(match["name"]): match["version"] for match in PIN.finditer(text)}


def normal(name: str) -> str:
    """Spell a package's name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def compile_lock(output: Path, *options: str) -> None:
    """Resolve pyproject.toml for all platforms into `output`, whose pins are kept if they can be."""
    resolve = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "test"]
    resolve += ["--python-version", OLDEST, "--no-annotate", "--no-header", "--quiet", *options]
    with tempfile.TemporaryDirectory() as folder:
        oldest = Path(folder) / "oldest.txt"
        if output.exists():
            shutil.copy(output, oldest)
        subprocess.run([*resolve, "-o", oldest], cwd=ROOT, check=True)
        everywhere = ["--universal", "-c", oldest, "--generate-hashes", "-o", output]
        subprocess.run([*resolve, *everywhere], cwd=ROOT, check=True)


def repinned(environment: str, lock: str) -> str:
    """Return environment.yml with the versions of the lock; its groups and comments stay."""
    known = versions(lock)

    def pin(match):
        name = normal(match["name"])
        return f"{match['head']}{match['name']}{match['extras'] or ''}=={known[name]}"

    return PIN.sub(pin, environment)


def main() -> None:
    """Write the three files."""
    try:
        compile_lock(LOCK, *sys.argv[1:])
    except subprocess.CalledProcessError:
        sys.exit("requirements.lock could not be made: see the lines above.")
    ENVIRONMENT.write_text(
        repinned(ENVIRONMENT.read_text("utf-8"), LOCK.read_text("utf-8")), "utf-8"
    )
    # repo2docker ignores the root file once binder/ exists
    shutil.copy(ENVIRONMENT, ROOT / "binder" / "environment.yml")


if __name__ == "__main__":
    main()
