#!/bin/sh
# my_writer SCENARIO DIRECTORY
set -eu
scenario=$1 journals=$2/journals

put() { # KIND MEMBERS: append one record
    printf '{"kind":"%s","at":"%s",%s}\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >> "$journal"
}

begin() { # create the journal, describe the run
    mkdir -p -m 700 "$2" "$journals"
    id=$1-$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
    journal=$journals/$id.jsonl
    (set -C && : > "$journal") # -C: never a file that is there already
    put header '"format":"simvue-journal","version":"1.0","journal":"'"$id"'","run":"conformance-'"$1"'","writer":{}'
    put run '"name":"'"$1"'","folder":"/conformance"'
}

case $scenario in
minimal)
    begin "$scenario" "$2"
    put metrics '"values":{"loss":.3333333333333333},"step":0'
    put metrics '"values":{"loss":0.25},"step":1'
    put metrics '"values":{"loss":0.2},"step":2'
    put end '"status":"completed","records":5'
    ;;
*) exit 77 ;; # this program has no such scenario, yet
esac
