# Gets pjproject's source: Debian's asterisk source package (suite sid) carries it as a component of its own.
# The archive's address and key come from this machine's own apt; nothing here names a host. Sourced by build.sh.

DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# obtain_source WORK LOG: unpacks into WORK/src. Downloads are kept, so that a second Python needs no network,
# in a folder of the recipe's version, so that a newer recipe fetches anew.
obtain_source() {
    local work="$1" log="$2" archive="${ENGINE_SOURCE:-}"
    if [ -n "$archive" ]; then
        [ -r "$archive" ] || die "ENGINE_SOURCE names $archive, which cannot be read."
    else
        archive="$(kept_archive)"
        [ -n "$archive" ] || {
            say "fetching pjproject's source from Debian"
            run_logged "$log" download_archive "$work"
            [ "$STATUS" = 0 ] || die "pjproject's source could not be had from Debian (asterisk, suite sid). $(advice "$log")"
            archive="$(kept_archive)"
        }
    fi
    say "unpacking $(basename "$archive")"
    tar -xf "$archive" -C "$work/src" --strip-components=1 >> "$log" 2>&1 \
        || { [ -n "${ENGINE_SOURCE:-}" ] || rm -f "$archive"; die "$archive is no archive that tar can read. Log: $log"; }
}

kept_archive() {
    { ls -1 "$CACHE/source/$KNOWN_VERSION"/*.orig-Xpjproject.tar.* 2>/dev/null || true; } | sort -V | tail -n 1
}

advice() {
    printf '%s\n%s\n%s' \
        "Is the network up, and does apt work? A file asterisk_*.orig-Xpjproject.tar.xz that you have can be named in ENGINE_SOURCE." \
        "The last lines of $1:" "$(tail -n 8 "$1")"
}

download_archive() {
    local work="$1" mirror apt_options line uri name sum
    mirror="$(debian_mirror)"
    [ -n "$mirror" ] || { echo "apt on this machine has no Debian archive among its sources."; return 1; }
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/state" "$CACHE/source/$KNOWN_VERSION"
    echo "deb-src [signed-by=$DEBIAN_KEYRING] $mirror sid main" > "$work/apt/sources.list"
    apt_options=(-o "Dir::Etc::sourcelist=$work/apt/sources.list" -o "Dir::Etc::sourceparts=/dev/null"
        -o "Dir::Etc::preferences=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null"
        -o "Dir::State=$work/apt/state" -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache"
        # A mirror may be frozen on purpose; signatures are checked all the same.
        -o "Acquire::Check-Valid-Until=false" -o "Acquire::Languages=none" -o "Acquire::Retries=3"
        -o "APT::Sandbox::User=$(id -un)")
    apt-get "${apt_options[@]}" -q update
    line="$(apt-get "${apt_options[@]}" -qq source --print-uris --only-source asterisk/sid | grep -F .orig-Xpjproject.tar | grep -v '\.asc ')"
    # 'URI' NAME SIZE SHA256:SUM
    uri="$(cut -d"'" -f2 <<< "$line")"
    read -r name _ sum <<< "${line##*\' }"
    [ -n "$uri" ] && [ -n "$sum" ] || { echo "asterisk in sid carries no pjproject archive any more."; return 1; }
    /usr/lib/apt/apt-helper "${apt_options[@]}" download-file "$uri" "$work/$name" "$sum"
    mv "$work/$name" "$CACHE/source/$KNOWN_VERSION/$name"
}

# The first Debian archive in apt's own configuration. Before the first `apt-get update` apt knows no labels,
# then any source that has a "main" and is not the security archive has to do.
debian_mirror() {
    local format='$(REPO_URI)|$(LABEL)|$(COMPONENT)'
    local targets
    targets="$(apt-get indextargets --format "$format" 'Created-By: Packages')"
    { grep -F '|Debian|main' <<< "$targets" || grep '||main$' <<< "$targets" | grep -v security; } | head -n 1 | cut -d'|' -f1
}

source_version() {
    local part version=""
    for part in MAJOR MINOR REV; do
        version+=".$(sed -n "s/^export PJ_VERSION_$part *:= *//p" "$1/version.mak" | tr -d ' ')"
    done
    version="${version#.}"
    echo "${version%.}"
}
