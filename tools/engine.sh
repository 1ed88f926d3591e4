# Puts the engine (pjsua2) into .venv, out of the cache or newly built. Sourced after the others.

need_engine() {
    local built site
    need_packages "$ROOT/tools/packages.engine-run"
    built="$(ENGINE_PYTHON="$VENV/bin/python" "$ROOT/image/engine/build.sh" --cached)"
    if [ -z "$built" ]; then
        need_packages "$ROOT/tools/packages.engine"
        has_headers || need_packages python3-dev
        step "building the engine, once: about two minutes if two cores are free"
        unlock_setup  # minutes, under a lock of its own: `make check` need not wait for it
        built="$(ENGINE_PYTHON="$VENV/bin/python" "$ROOT/image/engine/build.sh")" || exit 1
        lock_setup
    fi
    site="$(echo "$VENV"/lib/python3.*/site-packages)"
    cmp -s "$built/engine-key" "$site/engine-key" && return 0
    step "putting the engine into .venv ($(cat "$built/engine-key"))"
    place "$built" "$site"
}

# By rename: a gateway that runs keeps the library it has mapped. The key comes last: it says the rest is there.
place() {
    local built="$1" site="$2" file
    rm -f "$site/engine-key"
    for file in "$built"/_pjsua2*.so "$built/pjsua2.py" "$built/engine-key"; do
        cp "$file" "$site/.$(basename "$file").new"
        mv "$site/.$(basename "$file").new" "$site/$(basename "$file")"
    done
    "$VENV/bin/python" -m compileall -q "$site/pjsua2.py"  # 0.2 s of each start, where Python may not keep it itself
}
