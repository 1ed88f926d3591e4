# Compiles an unpacked pjproject into OUT: pjsua2.py and _pjsua2<suffix>.so.
# Knows nothing of caches, downloads or virtual environments. Sourced by build.sh; part of the recipe key.

# The version this recipe is tried with; another one is built with a warning.
KNOWN_VERSION="2.17"

# pjsip's assertions are compiled out (NDEBUG): with them one malformed packet ends the process.
ENGINE_CFLAGS="-O2 -fPIC -g0 -DNDEBUG -fstack-protector-strong -D_FORTIFY_SOURCE=2"
ENGINE_LDFLAGS="-Wl,-z,relro -Wl,-z,now -Wl,-Bsymbolic"
# The wrapper is 100,000 generated lines: -O2 doubles its time and gains nothing.
WRAPPER_CFLAGS="-O1 -fPIC -g0 -DNDEBUG -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fno-strict-aliasing -w"

# compile_engine SRC OUT: leaves the two files in OUT ; to be run under `set -e`, its output belongs in a log.
compile_engine() {
    local src="$1" out="$2" wrapper
    prepare_source "$src"
    say "configuring"
    configure_source "$src"
    say "compiling the library and its Python module ($(nproc) at a time)"
    compile_wrapper "$src" &
    wrapper=$!
    trap "kill_tree $wrapper" EXIT
    make -C "$src" -j"$(nproc)" lib
    wait "$wrapper"
    trap - EXIT
    say "linking"
    link_module "$src" "$out"
    cp "$src/pjsip-apps/src/swig/python/pjsua2.py" "$out/"
}

prepare_source() {
    local src="$1" patch
    cp "$ENGINE_DIR/config_site.h" "$src/pjlib/include/pj/config_site.h"
    # Debian leaves this file out of its archive, but the Makefile still names it.
    : > "$src/pjmedia/src/pjmedia-audiodev/bdimad_dev.c"
    for patch in "$ENGINE_DIR"/patches/*.patch; do
        [ -e "$patch" ] || continue
        say "applying $(basename "$patch")"
        patch -d "$src" -p1 --forward --batch < "$patch"
    done
}

configure_source() {
    local src="$1" flags=()
    mapfile -t flags < "$ENGINE_DIR/configure.flags"
    if [ -n "${ENGINE_HOST:-}" ]; then
        flags+=("--host=$ENGINE_HOST" "--build=$(gcc -dumpmachine)")
    fi
    (cd "$src" && CFLAGS="$ENGINE_CFLAGS" CXXFLAGS="$ENGINE_CFLAGS" LDFLAGS="$ENGINE_LDFLAGS" \
        ./aconfigure "${flags[@]}")
    require_features "$src"
}

# configure drops what it does not find without a word; a box without TLS must not come out of that.
require_features() {
    local src="$1" feature
    for feature in "PJ_HAS_SSL_SOCK 1:$src/pjlib/include/pj/compat/os_auto.h" \
                   "PJMEDIA_HAS_OPUS_CODEC 1:$src/pjmedia/include/pjmedia-codec/config_auto.h" \
                   "PJMEDIA_HAS_BCG729 1:$src/pjmedia/include/pjmedia-codec/config_auto.h"; do
        grep -Eq "define +${feature%%:*}" "${feature#*:}" && continue
        say "configure did not find what '${feature%% *}' needs"
        return 1
    done
}

compile_wrapper() {
    local src="$1" swig_dir="$1/pjsip-apps/src/swig" include=() part defines
    for part in pjlib pjlib-util pjmedia pjsip pjnath; do
        include+=("-I$src/$part/include")
    done
    # -threads: the interpreter lock is let go in every call and taken in every callback.
    (cd "$swig_dir/python" && swig "${include[@]}" -c++ -w312 -threads -python -o pjsua2_wrap.cpp ../pjsua2.i)
    defines="$(ask_build_mak "$src" defines)"
    "${CXX_FOR_ENGINE}" $WRAPPER_CFLAGS $defines "-I$PYTHON_INCLUDE" \
        -c "$swig_dir/python/pjsua2_wrap.cpp" -o "$src/pjsua2_wrap.o"
}

# Whole archives, so that C functions no wrapper mentions can be called through ctypes too.
link_module() {
    local src="$1" out="$2" archives libraries
    archives="$(ask_build_mak "$src" archives)"
    libraries="$(ask_build_mak "$src" libraries)"
    "${CXX_FOR_ENGINE}" -shared -s $ENGINE_LDFLAGS -o "$out/_pjsua2$PYTHON_SUFFIX" "$src/pjsua2_wrap.o" \
        -Wl,--whole-archive $archives -Wl,--no-whole-archive $libraries
}

ask_build_mak() {
    make --no-print-directory -s -C "$1" -f "$ENGINE_DIR/libraries.mak" "$2"
}
