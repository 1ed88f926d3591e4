#!/usr/bin/env bash
# Builds the engine (pjsua2) once into the cache and prints where it is. See README.md beside this file.
# Knows the cache, its lock, the download and the progress lines; how to compile is compile.sh's.
set -euo pipefail

ENGINE_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
STARTED=$SECONDS

exec 3>&2  # progress; stdout carries only the result

say() { printf 'engine %4d s  %s\n' "$((SECONDS - STARTED))" "$*" >&3; }

die() {
    printf 'engine: %s\n' "$*" >&3
    exit 1
}

. "$ENGINE_DIR/compile.sh"
. "$ENGINE_DIR/source.sh"

read_options() {
    PYTHON="${ENGINE_PYTHON:-python3}"
    ENGINE_HOST="${ENGINE_HOST:-}"
    CACHE="${TWINLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/twinline}/engine"
    if [ -n "$ENGINE_HOST" ]; then
        PYTHON_INCLUDE="${ENGINE_PYTHON_INCLUDE:?names the target Python\'s include folder when ENGINE_HOST is set}"
        PYTHON_SUFFIX="${ENGINE_PYTHON_SUFFIX:?is the target Python\'s EXT_SUFFIX when ENGINE_HOST is set}"
        CXX_FOR_ENGINE="$ENGINE_HOST-g++"
    else
        PYTHON_INCLUDE="$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
        PYTHON_SUFFIX="$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')"
        CXX_FOR_ENGINE="g++"
    fi
}

# What decides the bytes that come out: the recipe, the Python it is for, and the Debian it links with.
recipe_key() {
    local recipe debian
    recipe="$(cd "$ENGINE_DIR" && cat compile.sh libraries.mak configure.flags config_site.h $(ls patches/*.patch 2>/dev/null || true) \
        | sha256sum | cut -c1-12)"
    debian="$(. /etc/os-release && echo "$ID${VERSION_ID:-}")"
    # .cpython-311-x86_64-linux-gnu.so -> cpython-311-x86_64-linux-gnu
    local abi="${PYTHON_SUFFIX#.}"
    echo "$recipe-$debian-${abi%.so}"
}

newest_build() {
    { ls -1d "$CACHE"/*-"$1" 2>/dev/null || true; } | sort -V | tail -n 1
}

build() {
    local key="$1" work="$CACHE/.building-$1.$$" log="$CACHE/build-$1.log" version
    WORK="$work"
    # We hold the lock: what lies here is of a build that was killed outright. Without its files its compilers stop too.
    rm -rf "$CACHE/.building-$1".* || true
    mkdir -p "$work/src" "$work/out"
    : > "$log"
    trap 'stop_children; rm -rf "$WORK"' EXIT
    trap 'exit 130' INT TERM HUP
    [ -e "$PYTHON_INCLUDE/Python.h" ] || die "Python's headers are not in $PYTHON_INCLUDE (Debian: apt install python3-dev)."
    obtain_source "$work" "$log"
    version="$(source_version "$work/src")"
    [ "$version" = "$KNOWN_VERSION" ] \
        || say "WARNING: pjproject $version is not the $KNOWN_VERSION this recipe is tried with; building it all the same"
    run_logged "$log" compile_engine "$work/src" "$work/out"
    [ "$STATUS" = 0 ] || die "pjproject $version did not build. The last lines of $log:"$'\n'"$(tail -n 15 "$log")"
    [ -n "$ENGINE_HOST" ] || run_logged "$log" "$PYTHON" "$ENGINE_DIR/check.py" "$work/out"
    [ "$STATUS" = 0 ] || die "the engine was built but does not work. The last lines of $log:"$'\n'"$(tail -n 15 "$log")"
    echo "$version-$key" > "$work/out/engine-key"
    rm -rf "$CACHE/$version-$key"
    mv -T "$work/out" "$CACHE/$version-$key"
    say "built pjsua2 $version"
}

# run_logged LOG COMMAND...: leaves its exit status in STATUS. In the background, so that a signal ends it at once, with
# a line now and then so that nobody thinks it hangs. Never call it in a condition: there bash ignores `set -e`
# in everything below, and a build goes on after its first error.
run_logged() {
    local log="$1"
    shift
    (set -e; "$@") >> "$log" 2>&1 < /dev/null 9>&- &
    CHILD=$!
    beat 9>&- &
    BEAT=$!
    STATUS=0
    wait "$CHILD" || STATUS=$?
    kill_tree "$BEAT"
    wait "$BEAT" 2> /dev/null || true
    CHILD="" BEAT=""
}

# Holds no lock and ends with the build; its sleep, which may outlive it a little, holds nobody's pipe either.
beat() {
    local compiled
    while sleep 20 > /dev/null 2>&1 3>&- 8>&- && kill -0 $$ 2> /dev/null; do
        compiled="$(find "$WORK" -name '*.o' 2> /dev/null | wc -l)"
        if [ "$compiled" -gt 0 ]; then say "... $compiled files compiled"; else say "... still at it"; fi
    done
}

CHILD="" BEAT="" WORK="" STATUS=0
stop_children() {
    local pid
    for pid in $CHILD $BEAT; do
        kill_tree "$pid"
    done
}

kill_tree() {
    local child
    for child in $(ps -o pid= --ppid "$1" 2>/dev/null); do kill_tree "$child"; done
    kill "$1" 2>/dev/null || true
}

main() {
    local key found
    read_options
    key="$(recipe_key)"
    found="$(newest_build "$key")"
    if [ -z "$found" ] && [ "${1:-}" != --cached ]; then
        mkdir -p "$CACHE"
        exec 9> "$CACHE/.lock-$key"
        flock -n 9 || { say "waiting for another build of the same engine"; flock 9; }
        found="$(newest_build "$key")"
        [ -n "$found" ] || { build "$key"; found="$(newest_build "$key")"; }
    fi
    echo "$found"
}

main "$@"; exit  # on one line: bash reads no further, whatever an update does to this file meanwhile
