# Shared by the scripts that build kobra and run private servers; source it, then
# call prepare.
#
# Nothing of the system's PostgreSQL is changed: the server's files are linked
# into a tree of our own ($KOBRA_WORK/pg), PostgreSQL being relocatable, and the
# extension is built in a copy of the sources and installed there.  The checkout
# is only read, so it may belong to anybody.  As root, servers run as an
# unprivileged user.

set -euo pipefail
umask 022
KOBRA_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PG_CONFIG=${PG_CONFIG:-pg_config}
# Neither the caller's connection settings nor an outer make may reach in.
for name in ${!PG@}; do [ "$name" = PG_CONFIG ] || unset "$name"; done
unset MAKEFLAGS MFLAGS MAKELEVEL name

say() { printf '%s\n' "$*"; }
die() { printf 'kobra: %s\n' "$*" >&2; exit 1; }

# prepare [PACKAGE[:COMMAND]...]: everything up to an installed extension.
prepare() {
  work_dir
  need_packages "$@"
  server_user
  exec 8>"$KOBRA_WORK/prepare.lock"
  flock 8
  private_server
  build || die "the build failed"
  exec 8>&-
}

# work_dir: the directory everything made here lives in, one for each checkout,
# where an unprivileged server can reach it.
work_dir() {
  local key
  key=$(printf '%s' "$KOBRA_TOP" | cksum | cut -d' ' -f1)
  KOBRA_WORK=${KOBRA_WORK:-/var/tmp/kobra-$(id -un)-$key}
  mkdir -p "$KOBRA_WORK"
  [ -O "$KOBRA_WORK" ] && [ ! -L "$KOBRA_WORK" ] || die "$KOBRA_WORK belongs to somebody else; set KOBRA_WORK"
  chmod 755 "$KOBRA_WORK"
  # A script called by another is handed the private server; it starts over.
  PG_CONFIG=${PG_CONFIG#"$KOBRA_WORK/pg"}
}

# server_user: who runs servers; as_server: run a command as that user, in a
# directory that user can read, without our locks: it may outlive us.
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
  if [ "$(id -un)" = "$SERVER_USER" ]; then
    env -C "$KOBRA_WORK" "$@" 8>&- 9>&-
  else
    runuser -u "$SERVER_USER" -- env -C "$KOBRA_WORK" HOME="$KOBRA_WORK" USER="$SERVER_USER" "$@" 8>&- 9>&-
  fi
}

# need_packages [PACKAGE[:COMMAND]...]: install what is missing, saying what.
# What is there counts, not who brought it; only the names are Debian's.
# PG_CONFIG then names a server's own pg_config.
need_packages() {
  local major bindir pgxs sharedir missing=() debian=/usr/lib/postgresql
  choose_server
  list_missing "$@"
  [ ${#missing[@]} -gt 0 ] || return 0

  [ "$PG_CONFIG" = "$debian/$major/bin/pg_config" ] && command -v apt-get >/dev/null ||
    die "missing for $PG_CONFIG (by the names of Debian's packages): ${missing[*]}"
  say "installing packages: ${missing[*]}"
  packages_update
  # A cluster of the system's own is not wanted, now; later is the user's affair.
  local settings=/etc/postgresql-common/createcluster.conf made=
  if [ ! -e "$settings" ]; then
    made=1
    as_root mkdir -p "$(dirname "$settings")"
    echo 'create_main_cluster = false' | as_root tee "$settings" >/dev/null
  fi
  apt_get install --no-install-recommends "${missing[@]}" || { tail -5 "$KOBRA_WORK/packages.log" >&2
    die "could not install packages, see $KOBRA_WORK/packages.log"; }
  [ -z "$made" ] || as_root cp /usr/share/postgresql-common/createcluster.conf "$settings"

  missing=()
  list_missing "$@"
  [ ${#missing[@]} = 0 ] || die "still missing after installation: ${missing[*]}"
}

# The server to build for, into major and the directories: the one PG_CONFIG
# names, the one the system has, or the one the system's packages offer.
choose_server() {
  case $PG_CONFIG in
    "$debian"/*/bin/pg_config)
      major=${PG_CONFIG#"$debian/"}
      major=${major%%/*} ;;
    *)
      if command -v "$PG_CONFIG" >/dev/null; then
        major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
        PG_CONFIG=$("$PG_CONFIG" --bindir)/pg_config
      elif [ "$PG_CONFIG" != pg_config ]; then
        die "there is no $PG_CONFIG"
      else
        major=$(for dir in "$debian"/*/bin/postgres; do [ ! -x "$dir" ] || echo "$dir"; done |
                sed "s,$debian/\([0-9]*\)/.*,\1," | sort -n | tail -1)
        major=${major:-$(packaged_major)}
        if [ -z "$major" ] && command -v apt-get >/dev/null; then
          say "looking up packages"
          packages_update
          major=$(packaged_major)
        fi
        [ -n "$major" ] || die "there is no pg_config, and no package postgresql to get it from; set PG_CONFIG"
        PG_CONFIG=$debian/$major/bin/pg_config
      fi ;;
  esac
  if [ "$PG_CONFIG" = "$debian/$major/bin/pg_config" ]; then
    bindir=$debian/$major/bin
    pgxs=$debian/$major/lib/pgxs/src/makefiles/pgxs.mk
    sharedir=/usr/share/postgresql/$major
  else
    bindir=$("$PG_CONFIG" --bindir) pgxs=$("$PG_CONFIG" --pgxs) sharedir=$("$PG_CONFIG" --sharedir)
  fi
}

packaged_major() {
  { apt-cache depends postgresql 2>/dev/null || true; } | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p'
}

# list_missing [PACKAGE[:COMMAND]...]: into missing, the packages whose files are
# not there.
list_missing() {
  local extra
  lack gcc command -v gcc
  lack libc6-dev test -e /usr/include/stdio.h
  lack make command -v make
  lack g++ command -v g++
  lack libphonenumber-dev test -e /usr/include/phonenumbers/phonenumberutil.h
  lack libssl-dev test -e /usr/include/openssl/evp.h
  lack "postgresql-$major" test -x "$bindir/initdb"
  lack "postgresql-client-$major" test -x "$bindir/psql"
  lack "postgresql-server-dev-$major" test -x "$PG_CONFIG" -a -e "$pgxs"
  lack "postgresql-$major-postgis-3" test -e "$sharedir/extension/postgis.control"
  lack "postgresql-$major-cron" test -e "$sharedir/extension/pg_cron.control"
  lack perl command -v prove
  lack libipc-run-perl perl -MIPC::Run -e 1
  for extra; do PATH=$PATH:$bindir lack "${extra%:*}" command -v "${extra#*:}"; done
}

lack() {
  local package=$1; shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_get() {
  as_root true 2>/dev/null ||
    die "not root and no sudo without a password; ask for: apt-get install ${missing[*]:-postgresql}"
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 \
    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$KOBRA_WORK/packages.log" 2>&1
}

# Once a run.  One stale source among the machine's is no reason to stop.
packages_update() {
  [ -z "${packages_updated:-}" ] || return 0
  packages_updated=1
  apt_get update || say "apt-get update failed, see $KOBRA_WORK/packages.log; going on with what is known"
}

# private_server: link the server's files below $KOBRA_WORK/pg and point
# PG_CONFIG there.  A server finds its files relative to its own executable, so
# the programs are copied and the rest is linked.
private_server() {
  local root=$KOBRA_WORK/pg version dir
  version=$("$PG_CONFIG" --version; "$PG_CONFIG" --bindir
            stat -c %Y "$("$PG_CONFIG" --bindir)/postgres" "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)/extension")
  if [ "$(cat "$root/version" 2>/dev/null)" != "$version" ]; then
    for dir in check bench sandbox; do stop_server "$KOBRA_WORK/$dir"; done
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
    # A kobra installed in the system is not the one to test.
    rm -rf "$root$("$PG_CONFIG" --sharedir)"/extension/kobra* "$root$("$PG_CONFIG" --pkglibdir)"/kobra* \
      "$root$("$PG_CONFIG" --pkglibdir)"/bitcode/kobra* "$root$("$PG_CONFIG" --bindir)"/kobra*
    printf '%s\n' "$version" >"$root/version"
  fi
  PG_CONFIG=$root$("$PG_CONFIG" --bindir)/pg_config
  PGBIN=$("$PG_CONFIG" --bindir)
  export PG_CONFIG PGBIN
}

# copy_sources DIR: what the build reads, into DIR; objects built there stay
# good because files keep their times.
copy_sources() {
  mkdir -p "$1"
  find "$1" \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.sql' \) -delete
  tar -C "$KOBRA_TOP" --exclude='*.o' --exclude='*.bc' --format=posix -cf - Makefile kobra.control sql src |
    tar -C "$1" --no-same-owner -xf -
}

# build: compile and install the extension into the private server, without the
# bitcode for JIT inlining.
build() {
  local dir=$KOBRA_WORK/build
  copy_sources "$dir"
  make_in "$dir" -j"$(nproc)" all && make_in "$dir" install >/dev/null
}

make_in() {
  make -C "$1" --no-print-directory -s PG_CONFIG="$PG_CONFIG" KOBRA_CFLAGS="-g ${KOBRA_CFLAGS:-}" with_llvm=no "${@:2}"
}

# run_in NAME: the directory $KOBRA_WORK/NAME, in $run, for a cluster; one script
# at a time works there.
run_in() {
  run=$KOBRA_WORK/$1
  exec 9>"$run.lock"
  flock -n 9 || { say "waiting for another run in $run"; flock 9; }
}

# fresh_run NAME: likewise, empty; the cluster is stopped when the script ends,
# however it ends.
fresh_run() {
  run_in "$1"
  stop_server "$run"
  rm -rf "$run"
  server_dir "$run"
  trap 'stop_server "$run"' EXIT
}

# server_dir DIR: make it, for the server's user alone: who reaches a socket in
# it is let in as superuser.
server_dir() {
  mkdir -p "$1"
  chmod 700 "$1"
  [ "$(id -u)" != 0 ] || chown "$SERVER_USER" "$1"
}

# start_server DIR [LINE...]: a cluster in DIR with a socket of its own in DIR,
# trust there and no TCP; the lines are added to its configuration.  A running
# one is left alone.
start_server() {
  local dir=$1; shift
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    server_dir "$dir"
    as_server "$PGBIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" \
      "timezone = 'UTC'" "log_timezone = 'UTC'" "$@" | as_server tee -a "$dir/data/postgresql.conf" >/dev/null
  fi
  as_server "$PGBIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1 ||
    as_server "$PGBIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w start >/dev/null ||
    { tail -20 "$dir/log" >&2; die "the private server does not start"; }
}

# stop_server DIR: stop what runs below DIR, be it left by a run that was killed
# or of another version than the one at hand; return when it is down.
stop_server() {
  local file data pid waited
  [ -d "$1" ] || return 0
  while IFS= read -r file; do
    data=${file%/*}
    pid=$(head -1 "$file" 2>/dev/null) || continue
    # A file may outlive its server, and the number be another process's by now.
    for ((waited = 0; waited < 300; waited++)); do
      [ "$(readlink "/proc/$pid/cwd")" = "$data" ] || continue 2
      case $waited in
        0) kill -INT "$pid" ;;
        200) kill -QUIT "$pid" ;;
      esac
      sleep 0.1
    done
    die "the server in $data (process $pid) does not stop"
  done < <(find "$1" -name postmaster.pid)
}
