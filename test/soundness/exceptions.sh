#!/usr/bin/env bash
# A transaction of a million subtransactions that write logged rows, a third of
# which roll back in caught exceptions: memory of the backend stays as it is, every
# surviving entry is there, and the numbers are dense.
. "$(dirname "$0")/lib.sh"
soak exceptions 0
count=${COUNT:-1000000}
sql >/dev/null <<'SQL'
CREATE TABLE act (id bigint PRIMARY KEY, note text);
SELECT kobra.audit_enable('act', '{"truncate": "log"}');
SELECT kobra.make_partitions();
CREATE TABLE plain (id bigint PRIMARY KEY, note text);
-- in an inner block, so that saves are made and handed to parents, too
CREATE PROCEDURE try(tbl text, n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    BEGIN
      IF tbl = 'act' THEN INSERT INTO act VALUES (i, 'x'); ELSE INSERT INTO plain VALUES (i, 'x'); END IF;
      IF i % 3 = 0 THEN RAISE EXCEPTION 'no'; END IF;
      IF i % 7 = 0 THEN
        BEGIN
          IF tbl = 'act' THEN UPDATE act SET note = 'y' WHERE id = i; ELSE UPDATE plain SET note = 'y' WHERE id = i; END IF;
          IF i % 2 = 0 THEN RAISE EXCEPTION 'no'; END IF;
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
      END IF;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
  END LOOP;
END $$;
SQL

# kB of anonymous memory (not the shared buffers) that a statement of so many
# subtransactions takes at most, and has when it is over.  PostgreSQL keeps
# something for each subtransaction itself, which the table that is not logged shows.
grown() { # TABLE
  local pid status before now most
  # what is loaded and cached once is no growth
  PGAPPNAME=grown sql >"$run/grown" <<SQL &
CALL try('$1', 1000);
TRUNCATE $1;
SELECT pg_backend_pid() \g $run/pid
SELECT pg_sleep(1) \g /dev/null
BEGIN;
DO \$\$ BEGIN CALL try('$1', $count); END \$\$;
SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s*(\d+)'), pg_current_xact_id();
COMMIT;
SQL
  until [ -s "$run/pid" ]; do sleep 0.05; done
  read -r pid <"$run/pid"
  rm "$run/pid"
  status=/proc/$pid/status
  before=$(awk '/^RssAnon/ {print $2}' "$status")
  most=$before
  while now=$(awk '/^RssAnon/ {print $2}' "$status" 2>/dev/null) && [ -n "$now" ]; do
    [ "$now" -le "$most" ] || most=$now
    sleep 0.1
  done
  wait $!
  echo $((most - before)) "$(awk -F'|' -v b="$before" '{print $1 - b, $2}' "$run/grown")"
}
read -r plain_most plain_end _ < <(grown plain)
read -r most end xid < <(grown act)
say "$count subtransactions: the backend grows by at most $plain_most kB ($plain_end kB at the end) unlogged, $most kB ($end kB) logged"
# What savepoints hold back is buffered, 1 MB at most in memory that doubles; caches are the rest.
check "within 6 MB of the same without a log" "$((most - plain_most < 6144))" 1

sql -c 'SELECT kobra.audit_seal()' >/dev/null
intact
check "the numbers are dense, and every surviving change is there" \
  "$(sql -c "WITH e AS (SELECT seq FROM kobra.audit_event WHERE xid = '$xid')
    SELECT count(*), count(DISTINCT seq), min(seq), max(seq) + 1 FROM e")" \
  "$(sql -c "SELECT n, n, 0, n FROM (SELECT count(*) + count(*) FILTER (WHERE note = 'y') AS n FROM act) x")"
check "the table is what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')")" 0
check "as much is there as without a log" "$(sql -c "SELECT count(*) FROM act")" "$(sql -c "SELECT count(*) FROM plain")"
finish
