#!/bin/sh
# What the conformance suite asks of a writer, done with simvue-journal.sh: conformance.sh SCENARIO DIRECTORY.
#
# What each scenario is, is in conformance/WRITER-CLI.md. Exit code 77 says that there is no such scenario here. Needs
# awk for fractions, beside what the library needs.

# shellcheck disable=SC2119  # journal_end and others take options, and need none

set -eu
[ $# -eq 2 ] || { echo 'usage: conformance.sh SCENARIO DIRECTORY' >&2; exit 2; }
scenario=$1 directory=$2
# shellcheck source=conformance/writers/shell/simvue-journal.sh
. "$(dirname "$0")/simvue-journal.sh"

begin() { # NAME [OPTION …]
    name=$1
    shift
    journal_open --cache "$directory" --run-key "conformance-$name" --name "$name" --folder /conformance "$@"
}

steps() { # FIRST LAST: each as metric x
    step=$1
    while [ "$step" -le "$2" ]; do
        journal_metric x="$step" --step "$step"
        step=$((step + 1))
    done
}

quarters() { # METRIC STEPS: each with a time
    step=0
    while [ "$step" -lt "$2" ]; do
        journal_metric "$1=$step" --step "$step" --time "$((step / 4)).$((step % 4 * 25))"
        step=$((step + 1))
    done
}

read_text() { # FILE: sets text to all of it; a shell has no NUL, and takes line feeds off the end of $( )
    text=$(tr '\000' '\377' <"$directory/text/$1"; echo .)
    text=${text%.}
}

minimal() {
    begin minimal
    for step in 0 1 2; do
        journal_metric "loss=$(awk "BEGIN { printf \"%.17g\", 1 / ($step + 3) }")" --step "$step"
    done
    journal_end
}

full() {
    begin full --description 'every kind' --tag red --tag green --metadata nx=128 --metadata alpha=0.1 \
        --metadata scheme=implicit --metadata periodic=true --timeout 180
    journal_metric a=1.5 b=-2.0 --step 0 --time 0.5
    journal_event 'half way' --level warning
    journal_metadata cells=16384
    journal_tag blue
    journal_folder /conformance --description 'of the suite'
    journal_alert hot --source metrics --metric a --rule 'is above' --threshold 10.0
    journal_alert words --source events --pattern panic
    journal_alert mine
    journal_alert_state mine critical
    journal_artifact "$directory/input.txt" --category input
    journal_artifact "$directory/input.txt" --category output --name kept.txt --store
    journal_heartbeat
    journal_status running
    journal_end
}

text() {
    begin text
    number=0
    while [ "$number" -lt 20 ]; do
        file=$(printf %02d "$number")
        read_text "$file"
        journal_event -- "$text"
        number=$((number + 1))
    done
    read_text 01
    journal_metadata --text text="$text"
    journal_end
}

numbers() {
    begin numbers
    step=0
    while read -r number; do
        journal_metric x="$number" --step "$step"
        step=$((step + 1))
    done <"$directory/numbers.txt"
    journal_metric y=1.0 --step 9007199254740991 --time -1.5
    journal_end
}

non_finite() {
    begin non-finite
    step=0
    for value in nan inf -inf 0.5; do
        journal_metric x="$value" --step "$step"
        step=$((step + 1))
    done
    journal_end
}

many() {
    begin many
    step=0
    while [ "$step" -lt 10000 ]; do
        eighths=00$((step % 8 * 125))
        journal_metric x="$((step / 8)).${eighths#"${eighths%???}"}" --step "$step"
        step=$((step + 1))
    done
    journal_end
}

rotation() {
    begin rotation
    steps 0 9
    journal_rotate
    steps 10 19
    journal_rotate
    steps 20 29
    journal_end
}

full_disk() {
    begin full-disk
    last=0
    while [ ! -e "$directory/full" ]; do
        steps "$last" "$last"
        last=$((last + 1))
    done
    journal_status running
    steps "$last" $((last + 19))
    : >"$directory/waiting"
    while [ ! -e "$directory/room" ]; do sleep 0.05; done
    steps $((last + 20)) $((last + 119))
    journal_end
}

killed() {
    begin killed
    last=0
    while [ "$last" -lt 2000 ]; do
        steps "$last" "$last"
        echo "$last"
        last=$((last + 1))
    done
    while :; do sleep 1; done
}

case $scenario in
    minimal | full | text | numbers | many | rotation | killed) "$scenario" ;;
    non-finite) non_finite ;;
    restart-1) begin restart; steps 0 4; kill -KILL $$ ;;
    restart-2) begin restart; steps 5 9; journal_end ;;
    rank-0) begin ranks; quarters rank0 100; journal_end ;;
    rank-1) journal_open --cache "$directory" --run-key conformance-ranks --join; quarters rank1 100; journal_end ;;
    full-disk) full_disk ;;
    crowd) begin crowd; quarters x 200; journal_end ;;
    *) exit 77 ;;
esac
