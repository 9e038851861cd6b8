#!/usr/bin/env bash
# The ordinary tests with assertions and UndefinedBehaviorSanitizer in all of kobra, and
# those of the log with AddressSanitizer, which is preloaded since the server was made
# without it.  SANITIZERS chooses of "undefined address", TESTS the tests.
. "$(dirname "$0")/lib.sh"
work_dir
run=$KOBRA_WORK/soak_sanitizers
mkdir -p "$run"
log_tests="audit_check audit_guard audit_read audit_read_concurrent merkle signature 012_merkle 013_signature 041_audit_seal 042_audit_read 042_verify_program 043_audit_retention"

supports() { # SANITIZER
  echo 'int main(void) {return 0;}' | gcc -fsanitize="$1" -xc - -o "$run/probe" >/dev/null 2>&1
}

# suite NAME FLAGS TESTS [VARIABLE=VALUE...]: build apart, then run; every report counts.
suite() {
  local name=$1 flags=$2 tests=$3 status=0 line; shift 3
  local work=$run/$name reports=$run/$name/reports
  mkdir -p "$work"
  rm -rf "$reports"
  mkdir -m 1777 "$reports"
  KOBRA_WORK=$work KOBRA_CFLAGS=$flags bash -c '. "$0"; prepare' "$KOBRA_TOP/scripts/lib.sh" >"$work/build.out" 2>&1 ||
    { tail -20 "$work/build.out"; die "the build failed"; }
  check "$name: kobra.so reports" "$(nm -D "$work/build/kobra.so" | grep -cE ' U __(ubsan|asan)_(handle_|report_)' | sed 's/^[1-9].*/some/')" some
  env KOBRA_WORK="$work" KOBRA_CFLAGS="$flags" UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports/report" \
    ASAN_OPTIONS="detect_leaks=0:log_path=$reports/report" "$@" "$KOBRA_TOP/test/run" $tests >"$work/out" 2>&1 || status=$?
  grep -E '^(not ok|test .*FAILED)' "$work/out" || true
  line=$(tail -1 "$work/out")
  check "$name: the tests ($line)" "$status" 0
  # Programs of the tests' own say it where their output goes, the rest in files.
  grep -rhE 'runtime error:|ERROR: AddressSanitizer' "$reports" "$work/out" "$work"/check/log "$work"/check/tree/tmp_check/log 2>/dev/null |
    sed 's/^==[0-9]*==//' | sort | uniq -c | sort -rn >"$work/found" || true
  head -20 "$work/found"
  check "$name: reports" "$(wc -l <"$work/found")" 0
}

for sanitizer in ${SANITIZERS:-undefined address}; do
  if ! supports "$sanitizer"; then
    say "skipped: gcc has no -fsanitize=$sanitizer"
    continue
  fi
  case $sanitizer in
    undefined)
      suite undefined "-DUSE_ASSERT_CHECKING -fsanitize=undefined -fno-sanitize=vptr" "${TESTS:-}" ;;
    address)
      # A server that does not start under it, or hangs, says nothing about kobra.
      preload=$(gcc -print-file-name=libasan.so)
      need_packages >/dev/null
      if ! timeout -s KILL 60 env LD_PRELOAD="$preload" ASAN_OPTIONS=detect_leaks=0 \
        "$("$PG_CONFIG" --bindir)/postgres" --version >/dev/null 2>&1; then
        say "skipped: the server does not run with AddressSanitizer preloaded"
        continue
      fi
      suite address "-DUSE_ASSERT_CHECKING -fsanitize=address -fno-omit-frame-pointer" "${TESTS:-$log_tests}" LD_PRELOAD="$preload" ;;
  esac
done
[ "$failed" -gt 0 ] || rm -rf "$run"
finish
