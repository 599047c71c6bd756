#!/bin/sh
# Make .venv hold exactly what requirements.lock says, and this package; do nothing when it does.
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
venv=$here/.venv
stamp=$venv/complete
wanted="$here $(cat requirements.lock pyproject.toml | cksum)"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The version as 3.11; nothing for a command that is missing, broken or only a shim.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

suitable() {
    case $(version_of "$1") in 3.11 | 3.12 | 3.13) ;; *) return 1 ;; esac
}

# Debian ships Python without the part of venv that installs pip.
can_make_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suitable "$PYTHON" || fail "PYTHON=$PYTHON is $(describe "$PYTHON"), but smile_explore needs Python 3.11, 3.12 or 3.13: name another one or leave PYTHON out."
        can_make_venv "$PYTHON" || fail "$(venv_missing "$PYTHON")"
        python=$PYTHON
        return
    fi
    lacking=
    for python in python3.13 python3.12 python3.11 python3 python; do
        if suitable "$python"; then
            if can_make_venv "$python"; then return; fi
            lacking=${lacking:-$python}
        fi
    done
    [ -z "$lacking" ] || fail "$(venv_missing "$lacking")"
    fail "smile_explore needs Python 3.11, 3.12 or 3.13 and found none (python3 is $(describe python3)): install one (Debian, Ubuntu: sudo apt-get install python3 python3-venv, or python3.11 python3.11-venv where python3 is older; macOS: brew install python@3.13) or name it, as in make explore PYTHON=/path/to/python3.12."
}

describe() {
    v=$(version_of "$1")
    if [ -n "$v" ]; then echo "Python $v"; else echo "no working Python"; fi
}

venv_missing() {
    echo "$1 cannot make a virtual environment because its venv module is not installed: run sudo apt-get install python$(version_of "$1")-venv (Debian, Ubuntu), then the same make command again."
}

# Sound: it runs, its pip was made for this very folder, and it is the Python asked for.
venv_is_sound() {
    [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" = "$venv" ] || return 1
    grep -qF "$venv/bin/" "$venv/bin/pip" 2>/dev/null || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$venv/bin/python")" ]
}

if venv_is_sound; then
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
else
    find_python
    echo "Creating .venv with $python (Python $(version_of "$python"))"
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "$(venv_missing "$python")"
fi

rm -f "$stamp"
retry="some package could not be fetched or did not match requirements.lock: see the lines above, check the connection and run the same make command again."
if ! "$venv/bin/python" -m uv --version >/dev/null 2>&1; then
    # uv is a row of the lock like any other, so its hash is checked too.
    sed -n '/^uv==/,/[^\\]$/p' requirements.lock >"$venv/uv.lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$venv/uv.lock" || fail "uv was not installed, because $retry"
fi
echo "Installing the packages of requirements.lock (the first time takes a few minutes)"
quiet=--quiet
[ ! -t 2 ] || quiet=  # a person sees the progress
"$venv/bin/python" -m uv pip sync $quiet --python "$venv/bin/python" --require-hashes --compile-bytecode requirements.lock || fail "The environment is not complete, because $retry"
"$venv/bin/python" -m uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable . || fail "smile_explore itself was not installed: see the lines above."
printf '%s\n' "$wanted" >"$stamp"
