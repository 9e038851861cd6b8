# Shared by the scripts that build kobra and run private servers; source it.
#
# Nothing of the system's PostgreSQL is changed: the server's files are linked
# into a tree of our own ($KOBRA_WORK/pg), PostgreSQL being relocatable, and the
# extension is installed there.  As root, servers run as an unprivileged user.

set -eu
KOBRA_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_CONFIG=${PG_CONFIG:-pg_config}

say() { printf '%s\n' "$*"; }
die() { printf 'kobra: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# The directory everything made here lives in: one for each checkout, where an
# unprivileged server can reach it.
work_dir() {
  local key
  key=$(printf '%s' "$KOBRA_TOP" | cksum | cut -d' ' -f1)
  KOBRA_WORK=${KOBRA_WORK:-/var/tmp/kobra-$(id -un)-$key}
  mkdir -p "$KOBRA_WORK"
  chmod 755 "$KOBRA_WORK"
  [ -O "$KOBRA_WORK" ] || die "$KOBRA_WORK belongs to somebody else"
}

# server_user: who runs servers, and as_server: run a command as that user.
server_user() {
  if [ "$(id -u)" != 0 ]; then
    SERVER_USER=$(id -un)
  elif id postgres >/dev/null 2>&1; then
    SERVER_USER=postgres
  else
    SERVER_USER=nobody
  fi
}

as_server() {
  if [ "$(id -un)" = "$SERVER_USER" ]; then "$@"; else runuser -u "$SERVER_USER" -- "$@"; fi
}

# need_packages: install what is missing, saying so.  Debian and Ubuntu; elsewhere
# the names are printed and the caller sees to it.
need_packages() {
  local major missing=() package
  if command -v "$PG_CONFIG" >/dev/null 2>&1; then
    major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
  else
    major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -1)
  fi
  major=${major:-15}
  local wanted=(gcc make "postgresql-$major" "postgresql-client-$major" "postgresql-server-dev-$major"
                "postgresql-$major-postgis-3" "postgresql-$major-cron" libssl-dev libipc-run-perl "$@")
  command -v dpkg-query >/dev/null 2>&1 || {
    say "not a Debian system; these packages are expected: ${wanted[*]}"; return 0; }
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    say "installing packages: ${missing[*]}"
    # A new cluster of the system's own is not wanted.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
      as_root mkdir -p /etc/postgresql-common
      echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$KOBRA_WORK/packages.log" 2>&1 ||
      die "apt-get update failed, see $KOBRA_WORK/packages.log"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" \
      >>"$KOBRA_WORK/packages.log" 2>&1 || die "apt-get install failed, see $KOBRA_WORK/packages.log"
  fi
  if ! command -v "$PG_CONFIG" >/dev/null 2>&1 || [ ! -e "$("$PG_CONFIG" --pgxs)" ]; then
    PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config
  fi
}

# private_server: link the server's files below $KOBRA_WORK/pg and point
# PG_CONFIG there.  A server finds its files relative to its own executable, so
# the programs are copied and the rest is linked.
private_server() {
  local root=$KOBRA_WORK/pg version dir
  version=$("$PG_CONFIG" --version; "$PG_CONFIG" --bindir
            stat -c %Y "$("$PG_CONFIG" --bindir)/postgres" "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)/extension")
  if [ "$(cat "$root/version" 2>/dev/null)" != "$version" ]; then
    rm -rf "$root"
    for dir in bindir pkglibdir sharedir includedir-server; do
      dir=$("$PG_CONFIG" --$dir)
      [ -e "$root$dir" ] && continue
      mkdir -p "$root$(dirname "$dir")"
      cp -as "$dir" "$root$(dirname "$dir")/"
    done
    dir=$("$PG_CONFIG" --bindir)
    rm -rf "$root$dir"
    cp -aL "$dir" "$root$dir"
    printf '%s\n' "$version" >"$root/version"
  fi
  PG_CONFIG=$root$("$PG_CONFIG" --bindir)/pg_config
  PGBIN=$("$PG_CONFIG" --bindir)
  export PG_CONFIG PGBIN
}

# build: compile and install the extension into the private server.
build() {
  make -C "$KOBRA_TOP" --no-print-directory -s -j"$(nproc)" PG_CONFIG="$PG_CONFIG" KOBRA_CFLAGS="${KOBRA_CFLAGS:-}" all &&
  make -C "$KOBRA_TOP" --no-print-directory -s PG_CONFIG="$PG_CONFIG" KOBRA_CFLAGS="${KOBRA_CFLAGS:-}" install >/dev/null
}

# start_server DIR [LINE...]: a cluster in DIR with a socket of its own in DIR,
# trust there and no TCP; the lines are added to its configuration.  A running
# one is left alone.
start_server() {
  local dir=$1; shift
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown "$SERVER_USER" "$dir"
    as_server "$PGBIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" \
      "timezone = 'UTC'" "log_timezone = 'UTC'" "$@" | as_server tee -a "$dir/data/postgresql.conf" >/dev/null
  fi
  as_server "$PGBIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1 ||
    as_server "$PGBIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w start >/dev/null ||
    { tail -20 "$dir/log" >&2; die "the private server does not start"; }
}

stop_server() {
  as_server "$PGBIN/pg_ctl" -D "$1/data" -m fast -w stop >/dev/null 2>&1 || true
}
