# The Python and the virtual environment in .venv. Sourced after common.sh and packages.sh.

# need_venv run|test: .venv with what requirements/*.lock says, checked against the hashes there.
need_venv() {
    local wanted="$1" python
    [ -z "${PYTHON:-}" ] || is_supported "$PYTHON" || die "PYTHON=$PYTHON is no Python 3.11 or 3.12. Without PYTHON= one is looked for."
    python="$(find_python)"
    if [ -z "$python" ]; then
        need_packages python3 python3-venv
        python="$(find_python)"
        [ -n "$python" ] || die "Twinline needs Python 3.11 or 3.12. If one is installed, name it: make PYTHON=/path/to/python3.12"
    fi
    if ! venv_fits "$python"; then
        "$python" -c 'import ensurepip, venv' 2> /dev/null || need_packages python3-venv
        rm -rf "$VENV"
        quietly "making .venv with $("$python" --version)" "$python" -m venv "$VENV"
    fi
    if ! is_lock_installed run; then  # cobs comes as source
        need_packages gcc libc6-dev
        has_headers || need_packages python3-dev
        install_lock build
    fi
    install_lock run
    ! is_pi || install_lock box
    [ "$wanted" = run ] || install_lock test
    install_command
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-"$VENV/bin/python" python3 python3.12 python3.11 /usr/bin/python3}; do
        is_supported "$candidate" && { command -v "$candidate"; return; }
    done
    return 0
}

is_supported() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2> /dev/null
}

# Another Python of the same minor version will do: one that was named by hand must be that one.
venv_fits() {
    local same='import sys; print(sys.base_prefix, sys.version_info[:3])'
    is_supported "$VENV/bin/python" || return 1
    [ -z "${PYTHON:-}" ] || [ "$("$1" -c "$same")" = "$("$VENV/bin/python" -c "$same")" ]
}

install_lock() {
    is_lock_installed "$1" && return 0
    quietly "installing Python packages into .venv (requirements/$1.lock)" \
        "$VENV/bin/python" -m pip install --disable-pip-version-check --require-hashes --no-deps --no-build-isolation \
        -r "$ROOT/requirements/$1.lock"
    lock_key "$1" > "$VENV/.installed-$1"
}

is_pi() {
    grep -qs raspberrypi, /proc/device-tree/compatible
}

is_lock_installed() {
    [ "$(cat "$VENV/.installed-$1" 2> /dev/null)" = "$(lock_key "$1")" ]
}

lock_key() {
    echo "$(sha256sum < "$ROOT/requirements/$1.lock") $("$VENV/bin/python" --version)"
}

has_headers() {
    "$VENV/bin/python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

# Makes `import firmware` and the command `twinline` work from any folder.
install_command() {
    local site
    site="$(echo "$VENV"/lib/python3.*/site-packages)"
    echo "$ROOT" > "$site/twinline.pth"
    # Not by "#!" and Python's path: that may have neither a space nor many more than a hundred letters.
    printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m firmware "$@"\n' > "$VENV/bin/twinline"
    chmod +x "$VENV/bin/twinline"
}
