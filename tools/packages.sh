# Installs Debian packages that are missing, and says what and why. Sourced by ./demo and ./check.
#
#   need PACKAGE "what it is for"      remember a package that is not installed yet
#   want PACKAGE "what it is for"      the same, but do without where this Debian has none
#   install_needed                     say what will be installed, install it; asks nothing

missing=()
wanted=()

installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

need() {
    if ! installed "$1"; then
        missing+=("$1")
        printf '  %-22s %s\n' "$1" "$2"
    fi
}

want() {
    if ! installed "$1"; then
        wanted+=("$1")
        printf '  %-22s %s\n' "$1" "$2"
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_needed() {
    if [ "$((${#missing[@]} + ${#wanted[@]}))" -eq 0 ]; then
        echo "  nothing: all of it is here"
        return
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        if [ "${#missing[@]}" -eq 0 ]; then
            echo "  not installed, for there is no sudo: the tests that use it are left out"
            return
        fi
        echo "firstplace: packages must be installed: run this as root, or install sudo" >&2
        exit 3
    fi
    local log name
    log=$(mktemp)
    echo "Installing with apt ..."
    # A list that cannot be refreshed may still do; if not, the installation says so.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$log" 2>&1 || true
    for name in "${wanted[@]}"; do
        if apt-cache show "$name" >/dev/null 2>&1; then
            missing+=("$name")
        else
            echo "  $name is not in this Debian: the test that uses it is left out"
        fi
    done
    if [ "${#missing[@]}" -eq 0 ]; then
        rm -f "$log"
        return
    fi
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "firstplace: apt could not install the packages (its last lines stand above)" >&2
        exit 3
    fi
    rm -f "$log"
}

need_build() {
    need gcc "compiles the program"
    need libc6-dev "the C library's headers"
    need cmake "describes the build"
    need ninja-build "runs the build"
    need pkgconf "finds the libraries"
    need gettext "builds the message catalogues (msgfmt)"
    need libgsl-dev "distributions and dense algebra"
    need libsuitesparse-dev "sparse Cholesky, for crossed random effects"
    need libjansson-dev "JSON"
    need libyaml-dev "reads study.yaml"
    need libsqlite3-dev "the database of a study"
    need libsodium-dev "encryption and password hashes"
    need nettle-dev "SHA-256"
    need librandom123-dev "random streams (Philox)"
    need libmicrohttpd-dev "the server of the workbench (HTTP, TLS)"
    need liboath-dev "one-time codes of the second factor"
    need libqrencode-dev "the QR code of the second factor"
}
