#!/bin/sh
# A journal needs no library: this shell script writes one with printf. See spec/primer.md for the reasons.
set -euC
cache=${SIMVUE_OFFLINE_DIRECTORY:-$HOME/.simvue}
id=collatz-$(date +%s)-$$

now() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }
record() { # KIND MEMBERS
    printf '{"kind":"%s","at":"%s",%s}\n' "$1" "$(now)" "$2" >&3
}

mkdir -p "$cache/journals"
exec 3>"$cache/journals/$id.jsonl" # set -C: never a file that is there already
record header "\"format\":\"simvue-journal\",\"version\":\"1.0\",\"journal\":\"$id\",\"run\":\"$id\",\"writer\":{\"name\":\"sh\"}"
record run '"name":"collatz","folder":"/examples","description":"Written by a shell script.","tags":["shell"]'
n=27 step=0
while [ "$n" -ne 1 ]; do
    record metrics "\"values\":{\"number\":$n},\"step\":$step"
    if [ $((n % 2)) -eq 0 ]; then n=$((n / 2)); else n=$((3 * n + 1)); fi
    step=$((step + 1))
    sleep "${PAUSE:-0.05}"
done
record event "\"message\":\"reached 1 after $step steps\""
record end "\"status\":\"completed\",\"records\":$((step + 3))"
