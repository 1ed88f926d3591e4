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
    if ! ("$@") > "$log" 2>&1 < /dev/null; then  # in a shell of its own: the words on Ctrl-C are not for the log
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "This failed: $what. Its last words are above."
    fi
    rm -f "$log"
}

# What Ctrl-C ended did not fail: its last words are noise. Bash comes here when it has ended.
trap 'die "Interrupted: the next time goes on from here."' INT

# Two targets started at once must not install into each other.
lock_setup() {
    exec 8< "$ROOT"
    flock -n 8 || { step "waiting for another setup in this folder"; flock 8; }
}

unlock_setup() { exec 8<&-; }
