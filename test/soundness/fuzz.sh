#!/usr/bin/env bash
# Fuzzers on everything that reads what strangers send: entries and headers, notes and
# checkpoints, signatures, base64 and UTF-8, proofs, bundles and exported logs, with
# AddressSanitizer and UndefinedBehaviorSanitizer.  By libFuzzer when clang has it,
# else by a driver of our own, compiled by gcc.  SECONDS is for each; FUZZ chooses.
. "$(dirname "$0")/lib.sh"
names=${FUZZ:-entry note signature text merkle bundle bundle_open log log_open value}
checks="address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
echo 'int main(void) {return 0;}' >"${TMPDIR:-/tmp}/kobra_probe.$$.c"
probe=${TMPDIR:-/tmp}/kobra_probe.$$
sed 's/int main(void)/int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n)/' "$probe.c" >"$probe.f.c"
if clang -fsanitize=fuzzer,$checks -o "$probe" "$probe.f.c" >/dev/null 2>&1; then
  compiler="clang -fsanitize=fuzzer,$checks" own=
elif gcc -fsanitize=$checks -o "$probe" "$probe.c" >/dev/null 2>&1; then
  compiler="gcc -fsanitize=$checks" own=1
else
  compiler=
fi
rm -f "$probe" "$probe".*
[ -n "$compiler" ] || skip "neither clang with libFuzzer nor gcc with sanitizers"
command -v openssl >/dev/null || skip "no openssl"

# What a server writes is where the fuzzers begin.
soak fuzz 60
openssl genpkey -algorithm ed25519 -out "$run/key" 2>/dev/null
chmod 644 "$run/key"
cp "$run/key" "$run/pem"
[ "$(id -u)" != 0 ] || chown "$SERVER_USER" "$run/key"
chmod 600 "$run/key"
printf '%s\n' "kobra.audit_key_file = '$run/key'" "kobra.audit_origin = 'kobra.example/soak'" | as_server tee -a "$run/data/postgresql.conf" >/dev/null
as_server "$PGBIN/pg_ctl" -D "$run/data" -w restart >/dev/null
sql >/dev/null <<'SQL'
CREATE TABLE act (id bigint PRIMARY KEY, debtor_id bigint, amount numeric, at timestamptz, day date, ratio double precision, flag boolean,
  note text, uid uuid, doc jsonb, tags text[]);
SELECT kobra.audit_enable('act', '{"subject": "debtor_id", "personal": ["note"], "truncate": "log"}');
SELECT kobra.make_partitions();
INSERT INTO act VALUES (1, 2, 3.50, '2026-01-02 03:04:05+00', '2026-01-02', 0.1, true, 'ñandú', '3b1f0b0e-9c7a-4f0e-8d5c-0123456789ab', '{"a": 1}', '{x}');
UPDATE act SET note = 'changed', amount = NULL;
INSERT INTO act (id) SELECT g FROM generate_series(10, 20) g;
DELETE FROM act WHERE id > 15;
TRUNCATE act;
SELECT kobra.audit_seal();
INSERT INTO act (id, note) VALUES (21, 'x');
SELECT kobra.audit_redact('act', '{"id": 1}', 'x') WHERE false;
SELECT kobra.audit_seal();
SELECT kobra.audit_checkpoint();
SQL
seeds=$run/seeds
for name in $names; do mkdir -p "$seeds/$name"; done
# rows of one column of bytes in hexadecimal, each into a file
keep() { # NAME SQL
  local name=$1 n=0 hex
  [ -d "$seeds/$name" ] || return 0
  while read -r hex; do
    n=$((n + 1))
    printf '%s' "$hex" | perl -ne 'print pack "H*", $_' >"$seeds/$name/${3:-s}.$n"
  done < <(sql -c "$2")
}
text() { printf "encode(convert_to(%s, 'UTF8'), 'hex')" "$1"; }
keep entry "SELECT encode(header, 'hex') FROM kobra.audit_txn ORDER BY xid DESC LIMIT 8" header
keep entry "SELECT encode(entries, 'hex') FROM kobra.audit_txn ORDER BY xid DESC LIMIT 8" entries
keep note "SELECT $(text note) FROM kobra.audit_checkpoint" checkpoint
keep note "SELECT $(text 'kobra.audit_public_key()')" key
for name in bundle bundle_open; do
  keep $name "SELECT $(text "kobra.audit_proof(l.xid, 0) || E'\\n'") FROM kobra.audit_leaf l WHERE l.xid IS NOT NULL ORDER BY l.idx DESC LIMIT 8"
done
for name in log log_open; do
  keep $name "SELECT $(text "string_agg(line, E'\\n') || E'\\n'") FROM kobra.audit_export_log() line" whole
  keep $name "SELECT $(text "string_agg(line, E'\\n') || E'\\n'") FROM kobra.audit_export_log(entries => true) line" entries
  keep $name "SELECT $(text "string_agg(line, E'\\n') || E'\\n'") FROM kobra.audit_export_log((SELECT max(tree_size) / 2 FROM kobra.audit_checkpoint), entries => true) line" later
done
keep value "SELECT $(text description) FROM kobra.audit_shape" shape
keep value "SELECT encode(set_byte('\x1106'::bytea, 0, 17) || numeric_send(n), 'hex') FROM (VALUES (0.0), (123456.789), (-1e20), (0.00001), ('NaN'), ('Infinity')) v(n)" numeric
keep value "SELECT encode(set_byte('\x0003'::bytea, 0, t) || int8send(v), 'hex') FROM generate_series(4, 13) t, (VALUES (0::bigint), (-1), (9223372036854775807)) v(v)" long
keep value "SELECT encode(set_byte('\x0002'::bytea, 0, t) || int4send(v), 'hex') FROM generate_series(3, 13) t, (VALUES (0), (-1), (2147483647)) v(v)" int
keep merkle "SELECT string_agg(encode(sha256(int4send(g * 100 + i)), 'hex'), '') FROM generate_series(1, 4) g, generate_series(1, 12) i GROUP BY g"
keep text "SELECT $(text "v") FROM (VALUES ('ñandú €'), ('AAAA'), ('QUJDRA=='), (repeat('QUJD', 30)), (U&'\+01F600')) v(v)"
if [ -d "$seeds/note" ]; then
  cp "$run/pem" "$seeds/note/pem"
  # the examples of the ordinary tests
  printf 'This is an example message.\n\n\342\200\224 example.com/foo %s\n' \
    'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=' >"$seeds/note/foo"
  printf 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k' >"$seeds/note/foo_key"
fi
if [ -d "$seeds/signature" ]; then
  # algorithm, lengths, key, signature, message; by openssl, in every form that is taken
  for curve in "ed25519 0" "EC 1"; do
    read -r algorithm number <<<"$curve"
    options=()
    [ "$algorithm" != EC ] || options=(-pkeyopt ec_paramgen_curve:P-256)
    for n in 1 2 3; do
      openssl genpkey -algorithm "$algorithm" "${options[@]}" -out "$run/seed_key" 2>/dev/null
      openssl pkey -in "$run/seed_key" -pubout -outform DER -out "$run/seed_public"
      printf 'pagado: %s MXN' "$n" >"$run/seed_message"
      if [ "$number" = 0 ]; then
        openssl pkeyutl -sign -rawin -inkey "$run/seed_key" -in "$run/seed_message" -out "$run/seed_signature"
      else
        openssl dgst -sha256 -sign "$run/seed_key" -out "$run/seed_signature" "$run/seed_message"
      fi
      for form in der raw; do
        if [ "$form" = raw ]; then
          tail -c $((number == 0 ? 32 : 65)) "$run/seed_public" >"$run/seed_raw"
          mv "$run/seed_raw" "$run/seed_public"
        fi
        { printf "\\x0$number\\x$(printf %02x "$(stat -c %s "$run/seed_public")")\\x$(printf %02x "$(stat -c %s "$run/seed_signature")")"
          cat "$run/seed_public" "$run/seed_signature" "$run/seed_message"; } >"$seeds/signature/$algorithm.$n.$form"
      done
    done
  done
fi
stop_server "$run"

cd "$KOBRA_TOP"
cores=$(printf 'src/audit/%s_core.c ' entry hash merkle note signature text)
verify=$(find src/verify -name '*.c' ! -name kobra_verify.c | sort)
compile() { # NAME
  local name=$1 sources=$cores flags=()
  case $name in
    bundle*) sources="$sources $(tr ' ' '\n' <<<"$verify" | grep -v /bundle.c)" ;;
    log* | value) sources="$sources $verify" ;;
  esac
  case $name in *_open) flags=(-DFUZZ_OPEN '-Wl,--wrap=kobra_hash_equal') ;; esac
  $compiler -O1 -g -std=gnu11 -Isrc -Itest/soundness/fuzz "${flags[@]}" -o "$run/fuzz_$name" \
    "test/soundness/fuzz/${name%_open}.c" ${own:+test/soundness/fuzz/mutate.c} $sources -lcrypto -lm
}

seed=${SEED:-$RANDOM}
fuzz() { # NAME
  local name=$1 status=0 log=$run/$1.out runs
  if [ -n "$own" ]; then
    ASAN_OPTIONS=detect_leaks=1 "$run/fuzz_$name" "$seconds" "$seed" "$run/crash-$name" "$seeds/$name"/* >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$log")
  else
    "$run/fuzz_$name" -seed="$seed" -max_total_time="$seconds" -max_len=16384 -timeout=25 -rss_limit_mb=4096 \
      -artifact_prefix="$run/crash-$name-" "$seeds/$name" >"$log" 2>&1 || status=$?
    runs=$(awk '/ cov: / {for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1)} /^Done/ {d = $2} END {print d + 0 " runs, " c + 0 " branches reached"}' "$log")
  fi
  if [ "$status" != 0 ]; then
    grep -m1 -A12 -E 'ERROR: |runtime error|not true' "$log" || tail -20 "$log"
  fi
  check "$name: $runs" "$status" 0
}

# So many at a time as there are processors; each says its own when it is through.
say "seed $seed, ${compiler%% *}, $seconds s each"
results=$run/results
mkdir "$results"
batch=()
for name in $names; do
  compile "$name" || { check "$name compiles" no yes; continue; }
  batch+=("$name")
done
next=0
while [ "$next" -lt ${#batch[@]} ]; do
  for ((i = 0; i < $(nproc) && next < ${#batch[@]}; i++, next++)); do
    (trap - EXIT; fuzz "${batch[next]}" >"$results/${batch[next]}") &
  done
  wait
done
for name in "${batch[@]}"; do
  cat "$results/$name"
  passed=$((passed + $(grep -c '^ok ' "$results/$name" || true)))
  failed=$((failed + $(grep -c '^FAILED ' "$results/$name" || true)))
done
finish
