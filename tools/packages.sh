# Debian packages: finds out what is missing and installs just that. Sourced after common.sh.

# need_packages LIST-OR-NAME...: a name with a "/" is a file with one package (or "a|b") a line.
need_packages() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get > /dev/null || die "This needs Debian's packages, and apt-get is not here: ${missing[*]//|*/}"
    can_install || ask_for "$@"
    [ -n "${APT_IS_FRESH:-}" ] || quietly "asking apt for its newest lists" as_root apt-get -qq update
    APT_IS_FRESH=yes
    local names=() entry
    for entry in "${missing[@]}"; do
        names+=("$(known_name "$entry")")
    done
    quietly "installing by apt: ${names[*]}" as_root apt-get -qq -y --no-install-recommends install "${names[@]}"
    keep_down "${names[@]}"
}

# Debian starts these as soon as they are installed, on every interface. Ours are started by those who need them.
keep_down() {
    [ -d /run/systemd/system ] || return 0
    local package
    for package in kamailio nginx-light; do
        [[ " $* " == *" $package "* ]] || continue
        quietly "switching off Debian's own start of $package" as_root systemctl --quiet disable --now "${package%-light}.service"
    done
}

missing_packages() {
    local source entry name
    for source in "$@"; do
        if [[ "$source" == */* ]]; then
            sed -e 's/#.*//' -e '/^ *$/d' "$source"
        else
            echo "$source"
        fi
    done | sort -u | while read -r entry; do
        for name in ${entry//|/ }; do
            is_installed "$name" && continue 2
        done
        echo "$entry"
    done
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

can_install() {
    [ "$(id -u)" = 0 ] || command -v sudo > /dev/null
}

# Everything that a start may come to need is named at once: who has to ask somebody asks once.
ask_for() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@" python3-venv python3-dev gcc libc6-dev "$ROOT/tools/packages.engine")
    die "Only root can install packages, and there is no sudo here. As root:
  apt-get update && apt-get install --no-install-recommends ${missing[*]//|*/}"
}

known_name() {
    local name
    for name in ${1//|/ }; do
        apt-cache show "$name" > /dev/null 2>&1 && { echo "$name"; return; }
    done
    echo "${1%%|*}"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}
