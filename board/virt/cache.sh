# Sourced by kernel and rootfs: where what they make is kept and under which name, where Debian comes from, and how to ask for
# programs that are missing.
# shellcheck shell=sh

cache=${DRAGOMAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dragoman}/virt-board
# shellcheck disable=SC2034 # for those who source this
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
    echo "board/virt/${0##*/}: $*" >&2
    exit 1
}

# need PROGRAM=PACKAGE...: stops, naming the packages, where a program is missing.
need() {
    missing=""
    for pair; do
        command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
    done
    [ -z "$missing" ] || fail "install what is missing, as root: apt-get install$missing"
}

# A name for what is made of these files: of their contents, so that a changed one makes anew and nothing else does.
key() {
    cat "$@" | sha256sum | cut -c 1-12
}

# answer_if_made FILE: prints the path of what was made before and ends.
answer_if_made() {
    if [ -e "$1" ]; then
        echo "$1"
        exit 0
    fi
}

# begin FILE: makes FILE alone: one maker at a time, in a folder, $work, that goes away with it. From here on descriptor 3
# is for the answer, and all else goes to standard error.
begin() {
    mkdir -p "$cache"
    exec 9>"$cache/.lock"
    flock 9
    answer_if_made "$1"
    work=$(mktemp -d "$cache/making.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    exec 3>&1 1>&2
}

# debian FORMAT FIELD...: a line for each of apt's own package lists of Debian's main component.
debian() {
    format=$1
    shift
    apt-get indextargets --format "$format" 'Created-By: Packages' 'Origin: Debian' 'Component: main' "$@"
}

# The mirror that apt has Debian from.
mirror() {
    # shellcheck disable=SC2016 # the format is apt's
    found=$(debian '$(REPO_URI)' 'Label: Debian' | head -n 1)
    [ -n "$found" ] || fail "apt has no lists of Debian's packages: add a mirror of Debian to its sources and run apt-get update"
    echo "$found"
}
