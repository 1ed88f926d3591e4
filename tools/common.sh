# Words and small tools shared by the scripts beside this file. Sourced.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"

step() { printf '%s\n' "* $*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: says what it does, shows the command's words only if it fails.
quietly() {
    local what="$1" log
    shift
    step "$what"
    log="$(mktemp)"
    if ! "$@" > "$log" 2>&1 < /dev/null; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "This failed: $what. Its last words are above."
    fi
    rm -f "$log"
}

# Two targets started at once must not install into each other.
lock_setup() {
    exec 8< "$ROOT"
    flock -n 8 || { step "waiting for another setup in this folder"; flock 8; }
}

unlock_setup() { exec 8<&-; }
