set -eC
key=heat-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
exec 3>"$SIMVUE_OFFLINE_DIRECTORY/journals/$key.jsonl" # set -C: never a file that is there already
record() { # KIND MEMBERS; after a write that failed, a line feed ends the fragment
    printf '{"kind":"%s","at":"%s",%s}\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >&3 || printf '\n' >&3 || :
}
record header '"format":"simvue-journal","version":"1.0","journal":"'"$key"'","run":"'"$key"'","writer":{}'
for step in 0 1 2; do
    record metrics "\"values\":{\"loss\":0.$((9 - step))},\"step\":$step"
done
record end '"status":"completed","records":4'
