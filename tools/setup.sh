#!/usr/bin/env bash
# Gets everything that building, testing and the demo need onto a Debian 12 machine. Looks at what is there each time,
# so running it again costs well under a second. Called by ./run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

rust_minimum=1.92
duckdb_dir=third_party/duckdb
data_dir=build/data

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

pin_version() { awk -v name="$1" '$1 == name { print $2 }' tools/pins.txt; }
pin_digest() { awk -v name="$1" '$1 == name { print $3 }' tools/pins.txt; }

# Whether the file $2 is there and is the one that tools/pins.txt names $1.
is_pinned() {
  [ -f "$2" ] || return 1
  local expected actual
  expected=$(pin_digest "$1")
  [ -n "$expected" ] || die "no pin named $1 in tools/pins.txt"
  actual=$(sha256sum "$2")
  [ "${actual%% *}" = "$expected" ]
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo to install Debian packages"
  fi
}

lists_fresh=no
apt_update() {
  [ "$lists_fresh" = yes ] && return
  say "updating package lists"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  lists_fresh=yes
}

apt_install() {
  command -v apt-get >/dev/null || die "this is not Debian; install by hand: $*"
  apt_update
  say "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

install_packages() {
  local wanted missing=() name status
  mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' tools/packages.txt | awk '{ print $1 }' | sort -u)
  local installed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
  for name in "${wanted[@]}"; do
    grep -qx "$name installed" <<<"$installed" || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# Whether `cargo` is there and is at least rust_minimum.
have_rust() {
  local version
  version=$(cargo --version 2>/dev/null | awk '{ print $2 }') || return 1
  [ -n "$version" ] && [ "$(printf '%s\n' "$rust_minimum" "$version" | sort -V | head -n1)" = "$rust_minimum" ]
}

install_rust() {
  have_rust && return
  apt_install rustc-web cargo-web
  hash -r
  have_rust || die "expected cargo $rust_minimum or later first on PATH, got: $(cargo --version 2>&1 || true)"
}

# DuckDB publishes its Linux library as an npm package; only the shared library is taken from it.
fetch_duckdb() {
  is_pinned duckdb.library "$duckdb_dir/libduckdb.so" && return
  [ "$(uname -m)" = x86_64 ] || die "DuckDB is pinned for x86_64 only, this is $(uname -m)"
  command -v npm >/dev/null || apt_install npm
  local work=build/downloads archive
  say "fetching DuckDB ($(pin_version duckdb.package))"
  rm -rf "$work/duckdb"
  mkdir -p "$work/duckdb" "$duckdb_dir"
  npm pack --silent --pack-destination "$work/duckdb" "$(pin_version duckdb.package)" >/dev/null
  archive=$(echo "$work"/duckdb/*.tgz)
  is_pinned duckdb.package "$archive" || die "DuckDB's package is not the pinned one"
  tar -xzf "$archive" -C "$work/duckdb" package/libduckdb.so package/LICENSE
  is_pinned duckdb.library "$work/duckdb/package/libduckdb.so" || die "DuckDB's library is not the pinned one"
  mv "$work/duckdb/package/LICENSE" "$work/duckdb/package/libduckdb.so" "$duckdb_dir/"
  rm -rf "$work/duckdb"
}

# Wisconsin breast cancer (569 rows), out of Debian's scikit-learn package, which is unpacked and not installed.
fetch_breast_cancer() {
  is_pinned breast_cancer "$data_dir/breast_cancer.csv" && return
  local work package inside=usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv
  package=$(pin_version breast_cancer)
  say "fetching the breast cancer data"
  work=$(mktemp -d)
  chmod 755 "$work"
  apt_update
  (cd "$work" && apt-get -qq download "$package" 2>/dev/null && dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x "./$inside") ||
    die "cannot get $package from Debian"
  is_pinned breast_cancer "$work/$inside" || die "the breast cancer data is not the pinned one"
  mkdir -p "$data_dir"
  mv "$work/$inside" "$data_dir/breast_cancer.csv"
  rm -rf "$work"
}

install_packages
install_rust
fetch_duckdb
fetch_breast_cancer
say "ready"
