#!/usr/bin/env bash
# pg_upgrade of a cluster with a log into a fresh one of the same version, or of the
# one whose pg_config TO_PG_CONFIG names: the tree and its root are the same, nothing
# was logged on the way, and after audit_start() the log goes on.
. "$(dirname "$0")/lib.sh"
soak upgrade 0
[ -x "$PGBIN/pg_upgrade" ] || skip "there is no pg_upgrade beside the server"
from=$PGBIN
sql >/dev/null <<'SQL'
SELECT kobra.load_demo(300);
CREATE TABLE act (id bigint PRIMARY KEY, debtor_id bigint, note text, gone text);
CREATE TABLE part (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT kobra.audit_enable('act', '{"subject": "debtor_id", "personal": ["note"]}');
SELECT kobra.audit_enable('part');
SELECT kobra.make_partitions();
INSERT INTO act SELECT g, g, repeat('x', 100) FROM generate_series(1, 5000) g;
INSERT INTO part SELECT g, date '2026-01-01' + g % 30 FROM generate_series(1, 1000) g;
ALTER TABLE act DROP COLUMN gone;
ALTER TABLE act ADD COLUMN other text;
DO $$ BEGIN FOR i IN 1 .. 300 LOOP UPDATE act SET other = 'y' WHERE id = i; COMMIT; END LOOP; END $$;
SELECT kobra.audit_seal();
-- committed and not sealed
UPDATE act SET other = 'not sealed' WHERE id = 1;
SQL
state="SELECT (SELECT count(*) FROM kobra.audit_leaf), (SELECT root FROM kobra.audit_block ORDER BY block_no DESC LIMIT 1),
  (SELECT count(*) FROM kobra.audit_txn), (SELECT count(*) FROM kobra.audit_chunk),
  (SELECT md5(string_agg(t::text, '' ORDER BY t::text COLLATE \"C\")) FROM kobra.audit_txn t)"
before=$(sql -c "$state")
intact "the log verifies before"
say "$("$from/postgres" --version): a tree of $(cut -d'|' -f1 <<<"$before") leaves, root $(cut -d'|' -f2 <<<"$before")"
as_server "$from/pg_ctl" -D "$run/data" -w stop >/dev/null

# The other server's kobra is built apart.
if [ -n "${TO_PG_CONFIG:-}" ]; then
  to=$(KOBRA_WORK=$KOBRA_WORK/to PG_CONFIG=$TO_PG_CONFIG bash -c '. "$0"; prepare >&2; echo "$PGBIN"' "$KOBRA_TOP/scripts/lib.sh")
else
  to=$from
fi
server_dir "$run/to"
options=()
if "$to/initdb" --help | grep -q no-data-checksums; then options=(--no-data-checksums); fi
as_server "$to/initdb" -D "$run/to/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N "${options[@]}" >/dev/null
as_server tee -a "$run/to/data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$run'
port = 5432
timezone = 'UTC'
END
status=0
as_server env -C "$run" -u PGOPTIONS -u PGDATABASE -u PGHOST -u PGPORT "$to/pg_upgrade" -b "$from" -B "$to" -d "$run/data" -D "$run/to/data" \
  -U postgres -s "$run" >"$run/upgrade.out" 2>&1 || status=$?
[ "$status" = 0 ] || tail -20 "$run/upgrade.out"
check "pg_upgrade to $("$to/postgres" --version)" "$status" 0
[ "$status" = 0 ] || finish
as_server "$to/pg_ctl" -D "$run/to/data" -l "$run/to/log" -w start >/dev/null

check "the same tree, root and transactions, and nothing logged" "$(sql -c "$state")" "$before"
intact "the log verifies after"
check "it waits to be started, and nothing else" "$(sql -c "
  SELECT string_agg(DISTINCT \"check\", ' ') FROM kobra.audit_check() WHERE NOT ok AND \"check\" <> 'setting'")" not_live
sql -c "SELECT kobra.audit_start('a note')" -c "UPDATE act SET other = 'after' WHERE id = 2" >/dev/null
check "the start, the change and what had not been sealed are sealed" "$(sql -c 'SELECT kobra.audit_seal()')" 3
intact "the log goes on in its tree"
check "nothing is missing" "$(sql -c "SELECT count(*) FROM kobra.audit_check() WHERE NOT ok AND \"check\" <> 'setting'")" 0
check "the tables are what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')"
  sql -c "SELECT count(*) FROM kobra.audit_reconcile('part')")" $'0\n0'
finish
