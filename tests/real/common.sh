# common.sh - what the real runs share: a folder of their own, daemons that end with them, loud skipping.
#
# A script sources this file. What must hold: no daemon, key or file of a run outlives it, and nothing outside $FOLDER is
# changed. Exit status: 0 passed, 1 failed, 77 skipped (ctest and ./lab count it as such).

FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/ftblab-real.XXXXXX")
chmod 755 "$FOLDER" # munged does not take a folder that nobody else may enter
children=()

say() {
  printf '%s\n' "$*" >&2
}

skip() {
  say "SKIPPED: $*"
  exit 77
}

fail() {
  say "FAILED: $*"
  exit 1
}

# Skip unless every program is there. Each argument is PROGRAM:PACKAGE.
need() {
  local pair missing=()
  for pair in "$@"; do
    PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] || skip "not installed: ${missing[*]} (./lab test --real installs them)"
}

# Start a program in the background; it ends with this script. Its number is in $started.
start() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  started=$!
  children+=("$started")
}

# All that was begun by the processes $@, and they themselves.
descendants() {
  local process
  for process in "$@"; do
    # shellcheck disable=SC2046
    descendants $(ps -o pid= --ppid "$process" 2>/dev/null)
    printf '%s\n' "$process"
  done
}

end_all() {
  local all
  all=$(descendants "${children[@]}")
  # shellcheck disable=SC2086
  kill -TERM $all 2>/dev/null
  sleep 0.5
  # shellcheck disable=SC2086
  kill -KILL $all 2>/dev/null
  wait 2>/dev/null
}

finish() {
  local code=$?
  trap - EXIT
  [ ${#children[@]} -eq 0 ] || end_all
  if [ $code -ne 0 ] && [ $code -ne 77 ]; then
    for log in "$FOLDER"/*.log; do
      [ -f "$log" ] && { say "--- ${log##*/}"; tail -n 30 "$log" >&2; }
    done
  fi
  rm -rf "$FOLDER"
  exit $code
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# Wait until the command succeeds: as long as $1 seconds on a quick machine, five times that on any.
await() {
  local seconds=$((5 * $1)) end
  shift
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

# Read the log $1 in the dialect $2 and compare what it became with the lines "EVENT PAYLOAD COUNT" of standard input; more
# options of import may follow.
expect_events() {
  local log=$1 dialect=$2 event payload count found
  shift 2
  "$program" import --dialect "$dialect" "$@" "$log" >"$FOLDER/trace.jsonl" 2>"$FOLDER/import.log" ||
    fail "the log cannot be imported"
  while read -r event payload; do
    count=${payload##* }
    payload=${payload% *}
    found=$(grep -cF "\"event\": \"$event\", \"payload\": \"$payload\"" "$FOLDER/trace.jsonl")
    [ "$found" -eq "$count" ] || fail "$event $payload is $found times in the trace, not $count"
  done
}
