#!/bin/sh
# simvue-journal: record a run from a job script, offline, one line of JSON for each record.
#
# A command, and a library for `. simvue-journal`: the same code, in POSIX sh, with printf, date, od, awk, grep, dd
# and tail beside it. What it writes is the journal of the specification (spec/v1); `simvue_sender` delivers it.
# Records carry no number: each is appended by a process of its own, and all of them together are the one writer
# that JRN-030 means by a shell script. `end` counts the records instead.
# One file, so that it is installed by a copy. Tests: tests/writers/shell.
# The work is done in subshells, so that a script's variables, options, traps and umask stay as they are.

# shellcheck disable=SC2015  # `a && b || c`: b cannot fail where this is used
# shellcheck disable=SC2154  # functions hand results on in variables
# shellcheck disable=SC1007  # `a= b=c` is two assignments
# shellcheck disable=SC2016  # messages say what to write, unexpanded
# shellcheck disable=SC3028  # a variable of some shells only is asked for with a default

_sj_version=0.1.0

_sj_help() {
    cat <<'HELP'
usage: simvue-journal [--strict] [--journal FILE] COMMAND …

  eval "$(simvue-journal open --name "heat 2d" --folder /heat)"   begin a run; the commands below record in it
  simvue-journal metric loss=0.1 accuracy=0.9 --step 3            values of metrics [--step N] [--time SECONDS]
  simvue-journal event "time step halved" --level warning         debug, info, warning, error, critical; [-- TEXT]
  simvue-journal metadata nx=128 solver=cg                        numbers, true and false as such; [--text] all as text
  simvue-journal tag converged 2d                                 more tags; [--set] in place of those there are
  simvue-journal artifact out/field.dat --category output         or input, code [--name N] [--mime T] [--store]
  simvue-journal alert "disk full" --description "scratch"        an alert for alert-state, or see below
  simvue-journal alert-state "disk full" critical                 or ok
  simvue-journal folder /heat --description "all heat runs"       [--tag T]… [--metadata K=V]…
  simvue-journal heartbeat                                        the run lives; for long silence
  eval "$(simvue-journal rotate)"                                 go on in a new journal of the same run
  simvue-journal status failed --reason "mesh is broken"          created, running, completed, failed, terminated
  simvue-journal end --exit-code $?                               or --status completed, failed, terminated [--reason R]

open: [--name N] [--folder /F] [--description D] [--tag T]… [--metadata K=V]… [--status S] [--timeout SECONDS]
  [--retention SECONDS] [--notification none|all|error|lost] [--run-key KEY] [--join] [--cache DIRECTORY] [--strict]
  Journals with the same --run-key make one run: restarts, nodes, ranks. --join is for those that only add to it.
  It prints what eval needs: SIMVUE_JOURNAL, the journal's path. Set and empty, it switches recording off.
  The cache is --cache, else $SIMVUE_OFFLINE_DIRECTORY, else ~/.simvue.

artifact --store copies the file to the cache, for scratch directories that are purged; else it has to stay.
alert: NAME [--source user|events|metrics] [--pattern TEXT] [--metric M --rule R --threshold X]
  [--range-low X --range-high X] [--window N] [--frequency N] [--aggregation A] [--email] [--abort] [--description D]

As a library, in a script that makes many records:
  . simvue-journal
  journal_open --name "heat 2d"; journal_metric loss=0.1 --step 3; journal_end      and journal_event, journal_rotate, …

Exit status: 0 recorded, or not recorded and said so on standard error, since recording must not end a job;
  2 wrong usage. With --strict, or SIMVUE_JOURNAL_STRICT=1: 65 a value was refused, 69 there is no journal to write
  to, 74 it could not be written.
HELP
}

# --- messages and exits ------------------------------------------------------------------------------------------

_sj_say() { printf 'simvue-journal: %s\n' "$*" >&2; }

_sj_leave() { # STATUS: of something that could not be recorded
    # The caller's eval gets no journal, or keeps the one that it has, and the status where that is wanted.
    [ "$opening" != yes ] || printf "SIMVUE_JOURNAL=''; export SIMVUE_JOURNAL\n"
    if [ "$opening" != no ] && { [ "$1" -eq 2 ] || [ -n "$strict" ]; }; then printf '(exit %d)\n' "$1"; fi
    if [ "$1" -eq 2 ] || [ -n "$strict" ]; then exit "$1"; fi
    exit 0
}

_sj_usage() { _sj_say "$*; see simvue-journal --help"; _sj_leave 2; }
_sj_refuse() { _sj_say "not recorded: $*"; _sj_leave 65; }
_sj_absent() { _sj_say "not recorded: $*"; _sj_leave 69; }

_sj_needs() { # OPTION [VALUE …]
    [ $# -ge 2 ] || _sj_usage "$command: $1 needs a value"
}

# --- values ------------------------------------------------------------------------------------------------------

_sj_string() { # TEXT: sets text (escaped, without its quotes), chars and bytes
    case $1 in
        *[!' '-~]* | *[\"\\]*) ;;
        *) text=$1 chars=${#1} bytes=${#1}; return ;;
    esac
    # Everything but plain ASCII is escaped here. What is not UTF-8 becomes U+FFFD, as most decoders do it (FRM-020).
    text=$(printf '%s' "$1" | od -An -v -tu1 | awk '
        function put(code) {
            chars++
            bytes += code < 128 ? 1 : code < 2048 ? 2 : code < 65536 ? 3 : 4
            if (code == 34) printf "\\\""
            else if (code == 92) printf "\\\\"
            else if (code == 10) printf "\\n"
            else if (code == 9) printf "\\t"
            else if (code >= 32 && code < 127) printf "%c", code
            else if (code < 65536) printf "\\u%04x", code
            else printf "\\u%04x\\u%04x", 55296 + int((code - 65536) / 1024), 56320 + code % 1024
        }
        function start(byte) {
            low = 128; high = 191
            if (byte < 128) put(byte)
            else if (byte >= 194 && byte <= 223) { need = 1; code = byte - 192 }
            else if (byte >= 224 && byte <= 239) {
                need = 2; code = byte - 224
                if (byte == 224) low = 160
                if (byte == 237) high = 159
            } else if (byte >= 240 && byte <= 244) {
                need = 3; code = byte - 240
                if (byte == 240) low = 144
                if (byte == 244) high = 143
            } else put(65533)
        }
        {
            for (i = 1; i <= NF; i++) {
                byte = $i + 0
                if (!need) { start(byte); continue }
                if (byte < low || byte > high) { need = 0; put(65533); start(byte); continue }
                code = code * 64 + byte - 128; low = 128; high = 191
                if (--need == 0) put(code)
            }
        }
        END { if (need) put(65533); printf "\n%d %d", chars, bytes }')
    chars=${text##*"$newline"} text=${text%"$newline"*}
    bytes=${chars#* } chars=${chars% *}
    case $chars$bytes in '' | *[!0-9]*) _sj_refuse "text with other than plain characters needs od and awk" ;; esac
}

_sj_label() { # WHAT TEXT: a string of 1 to 250 characters
    _sj_string "$2"
    if [ "$chars" -lt 1 ] || [ "$chars" -gt 250 ]; then
        _sj_refuse "$1 has $chars characters; it must have 1 to 250"
    fi
}

_sj_key() { # WHAT TEXT: the name of a metric, or a key of metadata (REC-007)
    _sj_string "$2"
    if [ "$bytes" -lt 1 ] || [ "$bytes" -gt 250 ]; then
        _sj_refuse "$1 is $bytes bytes long; it must be 1 to 250: $2"
    fi
}

_sj_word() { # WHAT WORD ALLOWED …
    what=$1 word=$2
    shift 2
    for allowed; do [ "$allowed" = "$word" ] && return; done
    list=$1
    shift
    for allowed; do list="$list, $allowed"; done
    _sj_refuse "$what is '$word'; write one of: $list"
}

_sj_integer() { # WHAT TEXT LEAST
    case $2 in
        '' | *[!0-9]*) _sj_refuse "$1 is '$2'; write a whole number, $3 or more" ;;
        0?*) _sj_refuse "$1 is '$2'; write it without leading zeros" ;;
    esac
    if [ ${#2} -gt 16 ] || [ "$2" -gt 9007199254740991 ] || [ "$2" -lt "$3" ]; then
        _sj_refuse "$1 is $2; write a whole number from $3 to 9007199254740991"
    fi
}

_sj_number() { # TEXT: sets number; or sets why, with what to write, and fails
    number=$1 why=
    while :; do
        case $number in
            ' '*) number=${number# } ;;
            *' ') number=${number% } ;;
            *) break ;;
        esac
    done
    case $number in
        [Nn][Aa][Nn] | [+-][Nn][Aa][Nn]) number='"NaN"'; return ;;
        [Ii][Nn][Ff] | [Ii][Nn][Ff][Ii][Nn][Ii][Tt][Yy] | \
        +[Ii][Nn][Ff] | +[Ii][Nn][Ff][Ii][Nn][Ii][Tt][Yy]) number='"Infinity"'; return ;;
        -[Ii][Nn][Ff] | -[Ii][Nn][Ff][Ii][Nn][Ii][Tt][Yy]) number='"-Infinity"'; return ;;
    esac
    rest=${number#-}
    sign=${number%"$rest"}
    mantissa=${rest%%[eE]*}
    whole=${mantissa%%.*}
    case $mantissa in *.*) fraction=${mantissa#*.} ;; *) fraction=0 ;; esac
    case $rest in *[eE]*) exponent=${rest#*[eE]} ;; *) exponent=0 ;; esac
    digits=${exponent#[+-]}
    case $whole in '' | *[!0-9]* | 0?*) why=whole ;; esac
    case $fraction in '' | *[!0-9]*) why=fraction ;; esac
    case $digits in '' | *[!0-9]*) why=exponent ;; esac
    if [ -n "$why" ]; then
        case $number in
            '') why='it is empty' ;;
            *'*'*) why='a Fortran field was too narrow; write with g0 or es24.16e3' ;;
            *[0-9],[0-9]* | ,[0-9]*)
                why="write ${number%%,*}.${number#*,}, with a decimal point: LC_ALL=C makes programs print one" ;;
            +*) why="write it without the +" ;;
            .[0-9]* | -.[0-9]*) why="write ${sign}0$rest" ;;
            *[0-9]. | *[0-9].[eE]*) why="write $sign${rest%%.*}.0${rest#*.}" ;;
            0[0-9]* | -0[0-9]*) why='write it without leading zeros' ;;
            *[0-9][dD][+0-9-]*) why="write $sign${rest%%[dD]*}e${rest#*[dD]}" ;;
            *[0-9][eE] | *[0-9][eE][+-]) why="write ${number%%[eE]*}, or digits after the e" ;;
            *[0-9][+-][0-9][0-9][0-9]) why="write $sign${rest%%[+-]*}e${rest#"${rest%%[+-]*}"}" ;;
            *) why='write digits, such as 0.5 or 1.5e-3' ;;
        esac
        return 1
    fi
    if [ ${#number} -gt 40 ]; then
        why='it is longer than 40 characters; print it with %.17g'
        return 1
    fi
    # Where the first digit that is not zero stands decides whether a double can hold it (FRM-028).
    case $mantissa in *.*) ;; *) fraction= ;; esac
    while :; do case $digits in 0?*) digits=${digits#0} ;; *) break ;; esac; done
    case $exponent in -*) return ;; esac
    if [ "$whole" = 0 ]; then whole=; fi
    point=${#whole} figures=$whole$fraction
    if [ -z "$whole" ]; then
        while :; do case $figures in 0*) figures=${figures#0} point=$((point - 1)) ;; *) break ;; esac; done
    fi
    [ -n "$figures" ] || return 0
    if [ ${#digits} -le 4 ]; then
        point=$((point + digits))
        if [ "$point" -lt 309 ]; then return; fi
        figures=${figures}00000000000000000
        while [ ${#figures} -gt 17 ]; do figures=${figures%?}; done
        if [ "$point" -eq 309 ] && [ "$figures" -le 17976931348623157 ]; then return; fi
    fi
    why='it is too large for a double; write inf if that is meant'
    return 1
}

_sj_pair() { # KEY=VALUE: adds it to pairs, as metadata
    case $1 in ?*=*) ;; *) _sj_refuse "metadata '$1'; write key=value" ;; esac
    _sj_key 'a key of metadata' "${1%%=*}"
    key=$text
    case ",$pairs," in *",\"$key\":"*) _sj_refuse "metadata has the key ${1%%=*} twice" ;; esac
    value=${1#*=}
    case $value in
        true | false) [ "$as_text" = yes ] && value="\"$value\"" ;;
        -[0-9]* | [0-9]*)
            # Blanks make it text, and so does whatever is no number: 1.2.3, 2026-03-01.
            if [ "$as_text" = no ] && _sj_number "$value" && [ "$number" = "$value" ]; then
                value=$number
            else
                _sj_string "$value" && value="\"$text\""
            fi ;;
        *) _sj_string "$value"; value="\"$text\"" ;;
    esac
    pairs="$pairs,\"$key\":$value"
}

_sj_tag() { # TEXT: adds it to tags
    _sj_label 'a tag' "$1"
    tags="$tags,\"$text\""
}

_sj_now() { # sets at, in microseconds where the shell or its date has them
    # Where bash and busybox have this variable it differs each time; elsewhere it would be a stranger's constant.
    at=${EPOCHREALTIME-} again=${EPOCHREALTIME-}
    if [ "$at" = "$again" ] && ! _sj_elapsed; then
        at=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
        case $at in *[!0-9TZ:.-]* | '') at=$(date -u +%Y-%m-%dT%H:%M:%SZ) ;; esac
        return
    fi
    seconds=${at%%[.,]*} micro=${at##*[.,]}
    day=$((seconds / 86400 + 719468)) seconds=$((seconds % 86400))
    era=$((day / 146097)) day=$((day % 146097))
    year=$(((day - day / 1460 + day / 36524 - day / 146096) / 365))
    day=$((day - (365 * year + year / 4 - year / 100)))
    month=$(((5 * day + 2) / 153))
    day=$((day - (153 * month + 2) / 5 + 101))
    year=$((year + era * 400 + month / 10)) month=$(((month + 2) % 12 + 101))
    hour=$((seconds / 3600 + 100)) minute=$((seconds / 60 % 60 + 100)) seconds=$((seconds % 60 + 100))
    at="$year-${month#1}-${day#1}T${hour#1}:${minute#1}:${seconds#1}.${micro}Z"
}

_sj_uptime() { # sets up, in hundredths of a second; no process is started for it
    up=
    { read -r up rest </proc/uptime; } 2>/dev/null
    case $up in
        *[!0-9.]* | *.*.* | 0*) return 1 ;;
        *?.??) up=${up%.*}${up#*.} ;;
        *) return 1 ;;
    esac
}

_sj_clock() ( # prints what _sj_elapsed adds to the uptime, in microseconds; nothing where the shell has a clock
    IFS=' '
    [ -z "${EPOCHREALTIME-}" ] && _sj_uptime || exit 0
    at=$(date +%s%6N)
    case $at in *[!0-9]*) at=$(date +%s)000000 ;; esac
    case $at in *[!0-9]*) ;; *) echo $((at - up * 10000)) ;; esac
)

_sj_elapsed() { # sets at, from the clock of journal_open and what has passed since; each record has another microsecond
    [ -n "${_sj_origin-}" ] && _sj_uptime || return 1
    _sj_count=$((_sj_count + 1))
    micro=$((_sj_origin + up * 10000 + _sj_count % 10000))
    again=000000$((micro % 1000000))
    at=$((micro / 1000000)).${again#"${again%??????}"}
}

# --- the journal -------------------------------------------------------------------------------------------------

_sj_write() { # LINE: append it in one write, after a line feed that ends whatever fragment stands there (WRT-012)
    if [ -z "${BASH_VERSION-}" ] && [ ${#1} -lt 4000 ]; then
        { printf '\n%s\n' "$1" >>"$journal"; } 2>/dev/null
    else
        # bash writes at each line feed, and every shell where its buffer is full; dd writes its block at once.
        { printf '\n%s\n' "$1" | dd ibs=65536 obs=1048577 >>"$journal"; } 2>/dev/null
    fi
}

_sj_sync() { # FILE: its bytes are on the device, and visible to other nodes (WRT-006)
    dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null # `sync FILE` of old systems waits for every filesystem
}

_sj_owed() { # append what was kept, and a lost record for what could not be written before (WRT-016, WRT-017)
    _sj_now
    claimed=$lost.$$.$at
    mv "$lost" "$claimed" 2>/dev/null || return 0
    count=$(grep -c '^[a-z]' "$claimed")
    while read -r owed; do
        case $owed in
            '{'*) _sj_write "$owed" || { printf '%s\n' "$owed" >>"$lost"; } 2>/dev/null ;;
        esac
    done <"$claimed"
    if [ "$count" -gt 0 ] && ! _sj_write "{\"kind\":\"lost\",\"count\":$count,\"at\":\"$at\"}"; then
        grep '^[a-z]' "$claimed" >>"$lost"
    fi
    rm -f "$claimed"
}

_sj_record() { # KIND MEMBERS, each member with a comma before it
    if [ -s "$lost" ]; then _sj_owed; fi
    _sj_now
    line="{\"kind\":\"$1\"$2,\"at\":\"$at\"}"
    if [ ${#line} -ge 1048576 ]; then
        _sj_refuse "a record of $((${#line} + 1)) bytes; the limit is 1048576. Put it in a file: artifact FILE"
    fi
    _sj_write "$line" && return
    # Said once, until a record could be written again (WRT-014).
    [ -s "$lost" ] || _sj_say "records are lost until $journal can be written again: is the disk or the quota full?"
    case $1 in
        run | status) { printf '%s\n' "$line" >>"$lost"; } 2>/dev/null ;; # kept, and written later
        *) { printf '%s\n' "$1" >>"$lost"; } 2>/dev/null ;;
    esac
    _sj_leave 74
}

_sj_host() { # sets host
    host=
    { read -r host </proc/sys/kernel/hostname; } 2>/dev/null || host=$(uname -n)
}

_sj_find() { # the journal that SIMVUE_JOURNAL names has to be this node's, and open
    journal=${chosen-${SIMVUE_JOURNAL-unset}}
    case $journal in
        '') exit 0 ;;
        unset) _sj_absent 'no journal is open; write eval "$(simvue-journal open --name …)" before' ;;
    esac
    if [ ! -f "$journal" ]; then
        _sj_absent "$journal is gone, perhaps delivered and put away; open another with the same --run-key"
    fi
    if [ -z "${chosen-}" ] && [ -n "${SIMVUE_JOURNAL_HOST-}" ]; then
        # Appending from several nodes loses records on network filesystems (JRN-030).
        _sj_host
        if [ "$host" != "$SIMVUE_JOURNAL_HOST" ]; then
            _sj_absent "this is $host, the journal is for $SIMVUE_JOURNAL_HOST; open one here with" \
                'eval "$(simvue-journal open --run-key KEY --join)"'
        fi
    fi
    lost=${journal##*/}
    lost=${TMPDIR:-/tmp}/simvue-journal-${lost%.jsonl}.lost
    if [ "$mode" = command ]; then
        case $(tail -n 1 "$journal" 2>/dev/null) in
            '{"kind":"end",'*'Z"}')
                [ "$command" = end ] && exit 0 # said once is enough: the script's last line and its trap
                _sj_absent "$journal has ended; open another with the same --run-key" ;;
        esac
    fi
}

_sj_quoted() { # TEXT: sets quoted, for eval
    quoted= rest=$1
    while :; do
        case $rest in
            *\'*) quoted="$quoted${rest%%\'*}'\\''" rest=${rest#*\'} ;;
            *) break ;;
        esac
    done
    quoted="'$quoted$rest'"
}

_sj_cache() { # sets cache, absolute
    cache=${cache:-${SIMVUE_OFFLINE_DIRECTORY:-}}
    # shellcheck disable=SC2088  # a tilde that came unexpanded, from an environment file
    case $cache in
        '' | '~' | '~/'*)
            [ -n "${HOME-}" ] || _sj_absent 'neither SIMVUE_OFFLINE_DIRECTORY nor HOME is set'
            case $cache in '') cache=$HOME/.simvue ;; *) cache=$HOME${cache#?} ;; esac ;;
        /*) ;;
        *) cache=$PWD/$cache ;;
    esac
}

_sj_create() { # for run, in cache: sets id, and made, a file with the header
    # A name that no other job has: an array's jobs start in one second with the same process numbers (JRN-014).
    # shellcheck disable=SC2046  # od's columns are joined here
    set -- $(od -An -N8 -tx1 /dev/urandom)
    random=$*
    while :; do case $random in *' '*) random=${random%% *}${random#* } ;; *) break ;; esac; done
    [ ${#random} -eq 16 ] || _sj_absent 'od and /dev/urandom are needed for a name that no other journal has'
    id=${run:-sh}
    while [ ${#id} -gt 40 ]; do id=${id%?}; done
    case $id in [.-]*) id=sh$id ;; esac
    id=$id-$random
    mkdir -p "$cache/journals" 2>/dev/null || _sj_absent "$cache/journals cannot be made"
    _sj_host
    _sj_string "$host"
    writer="\"name\":\"simvue-journal.sh\",\"version\":\"$_sj_version\",\"language\":\"sh\",\"host\":\"$text\",\"pid\":$$"
    if [ -n "${SLURM_JOB_ID:-${PBS_JOBID:-}}" ]; then
        _sj_string "${SLURM_JOB_ID:-${PBS_JOBID:-}}"
        writer="$writer,\"job\":\"$text\""
    fi
    [ "$join" = no ] || writer="$writer,\"joins\":true"
    _sj_string "$PWD"
    _sj_now
    header="{\"kind\":\"header\",\"format\":\"simvue-journal\",\"version\":\"1.0\",\"journal\":\"$id\",\"run\":\"${run:-$id}\""
    header="$header,\"cwd\":\"$text\"$continues,\"writer\":{$writer},\"at\":\"$at\"}"
    # A journal that continues another gets its name when that one has ended; names with a dot are no journals.
    made=$cache/journals/${continues:+.}$id.jsonl
    if ! (set -C; : >"$made") 2>/dev/null; then # O_EXCL: never a file that is there already (JRN-031)
        _sj_absent "$made cannot be made: is the disk or the quota full?"
    fi
    if ! { printf '%s\n' "$header" >>"$made"; } 2>/dev/null; then
        rm -f "$made" # a journal without its header is none (JRN-024)
        _sj_say "not recorded: $made cannot be written: is the disk or the quota full?"
        _sj_leave 74
    fi
}

_sj_announce() { # the new journal is the one to write to: prints what eval needs
    journal=$cache/journals/$id.jsonl lost=${TMPDIR:-/tmp}/simvue-journal-$id.lost
    _sj_quoted "$journal"
    printf 'SIMVUE_JOURNAL=%s; ' "$quoted"
    _sj_quoted "$host"
    printf 'SIMVUE_JOURNAL_HOST=%s; export SIMVUE_JOURNAL SIMVUE_JOURNAL_HOST' "$quoted"
    if [ -n "$strict" ]; then printf '; SIMVUE_JOURNAL_STRICT=1; export SIMVUE_JOURNAL_STRICT'; fi
    printf '\n'
}

_sj_open() {
    opening=yes members= tags= pairs= as_text=no cache= run= join=no status=running
    while [ $# -gt 0 ]; do
        case $1 in
            --strict) strict=1; shift; continue ;;
            --join) join=yes; shift; continue ;;
            --*) ;;
            *) _sj_usage "open: unexpected '$1'" ;;
        esac
        _sj_needs "$@"
        case $1 in
            --name) _sj_label 'the name' "$2"; members="$members,\"name\":\"$text\"" ;;
            --folder)
                case $2 in /*) ;; *) _sj_refuse "the folder is '$2'; it must begin with /" ;; esac
                _sj_string "$2"; members="$members,\"folder\":\"$text\"" ;;
            --description) _sj_string "$2"; members="$members,\"description\":\"$text\"" ;;
            --tag) _sj_tag "$2" ;;
            --metadata) _sj_pair "$2" ;;
            --status) _sj_word '--status' "$2" created running completed failed terminated; status=$2 ;;
            --timeout) _sj_integer '--timeout' "$2" 1; members="$members,\"timeout\":$2" ;;
            --retention) _sj_integer '--retention' "$2" 0; members="$members,\"retention\":$2" ;;
            --notification)
                _sj_word '--notification' "$2" none all error lost; members="$members,\"notification\":\"$2\"" ;;
            --run-key)
                case $2 in '' | *[!A-Za-z0-9._-]*) _sj_refuse "the run key is '$2'; write letters, digits, . _ -" ;; esac
                [ ${#2} -le 64 ] || _sj_refuse "the run key has ${#2} characters; it must have 1 to 64"
                run=$2 ;;
            --cache) cache=$2 ;;
            *) _sj_usage "open: unknown option '$1'" ;;
        esac
        case $1 in --name | --folder | --description | --timeout | --retention | --notification)
            case $seen in *"$1"*) _sj_usage "open: $1 is given twice" ;; esac
            seen="$seen $1" ;;
        esac
        shift 2
    done
    [ "$join" = no ] || [ -n "$run" ] || _sj_usage 'open: --join needs --run-key, the key of the run to add to'
    _sj_cache
    continues=
    _sj_create
    _sj_announce
    opening=no
    if [ "$join" = no ]; then
        [ -z "$tags" ] || members="$members,\"tags\":[${tags#,}]"
        [ -z "$pairs" ] || members="$members,\"metadata\":{${pairs#,}}"
        _sj_record run ",\"status\":\"$status\"$members"
    fi
}

_sj_rotate() {
    opening=rotate
    [ $# -eq 0 ] || _sj_usage "rotate: unexpected '$1'"
    _sj_header
    identity=${header#*'"journal":"'} run=${header#*'"run":"'} join=no
    identity=${identity%%'"'*} run=${run%%'"'*}
    case $header in *'"joins":true'*) join=yes ;; esac
    continues=",\"continues\":{\"journal\":\"$identity\"}"
    cache=${journal%/journals/*}
    [ "$cache" != "$journal" ] || _sj_absent "rotate: $journal is in no cache"
    _sj_create
    if [ -s "$lost" ]; then _sj_owed; fi
    _sj_counted
    _sj_now
    if ! { _sj_write "{\"kind\":\"end\"$records,\"reason\":\"rotate\",\"at\":\"$at\"}" &&
        mv "$made" "$cache/journals/$id.jsonl"; } 2>/dev/null; then
        rm -f "$made"
        _sj_say "not rotated: $journal cannot be written: is the disk or the quota full?"
        _sj_leave 74
    fi
    _sj_sync "$journal"
    _sj_announce
}

# --- the records -------------------------------------------------------------------------------------------------

_sj_metric() {
    values= members=
    while [ $# -gt 0 ]; do
        case $1 in
            --step) _sj_needs "$@"; _sj_integer '--step' "$2" 0; members=",\"step\":$2$members"; shift ;;
            --time)
                _sj_needs "$@"
                _sj_number "$2" || _sj_refuse "--time is '$2': $why"
                case $number in \"*) _sj_refuse "--time is '$2'; write seconds" ;; esac
                members="$members,\"time\":$number"; shift ;;
            -*) _sj_usage "metric: unknown option '$1'" ;;
            ?*=*)
                # The last = divides: a metric's name may have one, a number has none.
                _sj_key "a metric's name" "${1%=*}"
                _sj_number "${1##*=}" || _sj_refuse "metric ${1%=*} is '${1##*=}': $why"
                case ",$values," in *",\"$text\":"*) _sj_refuse "metric ${1%=*} is given twice" ;; esac
                values="$values,\"$text\":$number" ;;
            *) _sj_refuse "metric '$1'; write name=value" ;;
        esac
        shift
    done
    [ -n "$values" ] || _sj_refuse 'metric: no value; write name=value'
    case $members in *'"step"'*'"step"'* | *'"time"'*'"time"'*) _sj_usage 'metric: an option is given twice' ;; esac
    _sj_record metrics ",\"values\":{${values#,}}$members"
}

_sj_event() {
    message= level= given=no
    while [ $# -gt 0 ]; do
        case $1 in
            --)
                if [ $# -eq 1 ] && [ "$given" = no ]; then # it is the text itself
                    given=yes message=--
                else
                    [ $# -eq 2 ] && [ "$given" = no ] || _sj_usage 'event: after -- comes the text, and nothing else'
                    given=yes message=$2; shift
                fi ;;
            --level) _sj_needs "$@"; _sj_word '--level' "$2" debug info warning error critical; level=$2; shift ;;
            *)
                [ "$given" = no ] || _sj_usage "event: unexpected '$1'; is the text in quotes?"
                given=yes message=$1 ;;
        esac
        shift
    done
    [ "$given" = yes ] || _sj_usage 'event: no text'
    _sj_string "$message"
    _sj_record event ",\"message\":\"$text\"${level:+,\"log_level\":\"$level\"}"
}

_sj_metadata() {
    pairs= as_text=no
    [ "${1-}" != --text ] || { as_text=yes; shift; }
    [ $# -gt 0 ] || _sj_usage 'metadata: nothing given; write key=value'
    for pair; do
        [ "$pair" != --text ] || _sj_usage 'metadata: --text comes first'
        _sj_pair "$pair"
    done
    _sj_record metadata ",\"values\":{${pairs#,}}"
}

_sj_tags() {
    tags= how=add
    [ "${1-}" != --set ] || { how='set'; shift; }
    for tag; do _sj_tag "$tag"; done
    _sj_record tags ",\"$how\":[${tags#,}]"
}

_sj_digest() { # FILE: sets sha256 and size, of the same content if it is not being written to
    size=$(wc -c <"$1") || _sj_refuse "$1 cannot be read"
    size=$((size))
    if command -v sha256sum >/dev/null; then
        sha256=$(sha256sum <"$1")
    elif command -v shasum >/dev/null; then
        sha256=$(shasum -a 256 <"$1")
    else
        sha256=
    fi
    sha256=${sha256%% *}
}

_sj_artifact() {
    file= name= category=output mime= store=no pairs= as_text=no
    while [ $# -gt 0 ]; do
        case $1 in
            --store) store=yes; shift; continue ;;
            --category | --name | --mime | --metadata) _sj_needs "$@" ;;
            --*) _sj_usage "artifact: unknown option '$1'" ;;
            *)
                [ -z "$file" ] || _sj_usage "artifact: unexpected '$1'; one file each"
                file=$1; shift; continue ;;
        esac
        case $1 in
            --category) _sj_word '--category' "$2" input output code; category=$2 ;;
            --name) name=$2 ;;
            --metadata) _sj_pair "$2" ;;
            --mime)
                case $2 in
                    *[!!-~]* | */*/* | /* | */ | *\;) mime= ;;
                    */*) mime=$2 ;;
                esac
                [ -n "$mime" ] || _sj_refuse "--mime is '$2'; write type/subtype" ;;
        esac
        shift 2
    done
    [ -n "$file" ] || _sj_usage 'artifact: no file'
    [ -f "$file" ] && [ -r "$file" ] || _sj_refuse "artifact $file is no file that can be read"
    if [ -z "$name" ]; then
        case $file in /*) name=${file##*/} ;; *) name=${file#./} ;; esac
    fi
    _sj_label 'the name of an artifact' "$name"
    members=",\"name\":\"$text\",\"category\":\"$category\""
    if [ "$store" = yes ]; then
        _sj_put_aside
    else
        case $file in /*) ;; *) file=$PWD/$file ;; esac
        [ ${#file} -le 4096 ] || _sj_refuse "the path has ${#file} bytes; it must have 4096 or fewer"
        _sj_string "$file"
        case $text in *\\ufffd*) _sj_refuse "the path is not UTF-8, or holds U+FFFD; use --store and --name" ;; esac
        members="$members,\"path\":\"$text\""
        _sj_digest "$file"
    fi
    [ -z "$sha256" ] || members="$members,\"sha256\":\"$sha256\""
    [ -z "$mime" ] || { _sj_string "$mime"; members="$members,\"mimetype\":\"$text\""; }
    [ -z "$pairs" ] || members="$members,\"metadata\":{${pairs#,}}"
    _sj_record artifact ",\"size\":$size$members"
}

_sj_put_aside() { # copy the file to the cache: complete before it has its name there (REC-088)
    artifacts=${journal%/journals/*}/artifacts
    [ "$artifacts" != "$journal/artifacts" ] || _sj_refuse "--store: $journal is in no cache"
    _sj_now
    copy=$artifacts/.$$-${journal##*/}-$at
    if ! { mkdir -p "$artifacts" && cp -- "$file" "$copy" && chmod 600 "$copy"; } 2>/dev/null; then
        rm -f "$copy"
        _sj_say "not recorded: $file cannot be copied to $artifacts: is the disk or the quota full?"
        _sj_leave 74
    fi
    _sj_sync "$copy"
    _sj_digest "$copy"
    if [ -z "$sha256" ]; then
        rm -f "$copy"
        _sj_refuse '--store needs sha256sum or shasum'
    fi
    mv -f "$copy" "$artifacts/$sha256" || _sj_leave 74
    members="$members,\"stored\":true"
}

_sj_alert() {
    name= source=user members= email=no abort=no given= range=unset
    while [ $# -gt 0 ]; do
        case $1 in
            --email) email=yes; shift; continue ;;
            --abort) abort=yes; shift; continue ;;
            --*) _sj_needs "$@" ;;
            *)
                [ -z "$name" ] || _sj_usage "alert: unexpected '$1'"
                _sj_label 'the name of an alert' "$1"; name=$text; shift; continue ;;
        esac
        case $given in *"$1 "*) _sj_usage "alert: $1 is given twice" ;; esac
        given="$given$1 "
        case $1 in
            --source) _sj_word '--source' "$2" user events metrics; source=$2 ;;
            --pattern | --metric | --description) _sj_string "$2"; members="$members,\"${1#--}\":\"$text\"" ;;
            --rule)
                _sj_word '--rule' "$2" 'is above' 'is below' 'is inside range' 'is outside range'
                case $2 in *range) range=yes ;; *) range=no ;; esac
                members="$members,\"rule\":\"$2\"" ;;
            --threshold | --range-low | --range-high)
                _sj_number "$2" || _sj_refuse "$1 is '$2': $why"
                case $number in \"*) _sj_refuse "$1 is '$2'; write a finite number" ;; esac
                case $1 in --threshold) word=threshold ;; --range-low) word=range_low ;; *) word=range_high ;; esac
                members="$members,\"$word\":$number" ;;
            --window | --frequency) _sj_integer "$1" "$2" 1; members="$members,\"${1#--}\":$2" ;;
            --aggregation)
                _sj_word '--aggregation' "$2" average sum 'at least one' all
                members="$members,\"aggregation\":\"$2\"" ;;
            *) _sj_usage "alert: unknown option '$1'" ;;
        esac
        shift 2
    done
    [ -n "$name" ] || _sj_usage 'alert: no name'
    case $source:$given in
        user:* | events:*'--pattern '*) ;;
        events:*) _sj_usage 'alert: --source events needs --pattern' ;;
        *'--metric '*)
            case $range:$given in
                no:*'--threshold '*) ;;
                yes:*'--range-low '*)
                    case $given in *'--range-high '*) ;; *) _sj_usage 'alert: a range needs --range-high' ;; esac
                    _sj_below ;;
                *) _sj_usage 'alert: --metric needs --rule, with --threshold or with --range-low and --range-high' ;;
            esac ;;
        *) _sj_usage 'alert: --source metrics needs --metric' ;;
    esac
    [ "$email" = no ] || members="$members,\"notification\":\"email\""
    [ "$abort" = no ] || members="$members,\"abort\":true"
    _sj_record alert ",\"name\":\"$name\",\"source\":\"$source\"$members"
}

_sj_below() { # the range of an alert ascends (REC-068); sh has no comparison for fractions, awk does
    low=${members#*\"range_low\":} high=${members#*\"range_high\":}
    if ! awk "BEGIN { exit !(${low%%,*} < ${high%%,*}) }"; then
        _sj_refuse "alert: --range-low ${low%%,*} is not below --range-high ${high%%,*}"
    fi
}

_sj_alert_state() {
    [ $# -eq 2 ] || _sj_usage 'alert-state: write alert-state NAME ok, or critical'
    _sj_word 'the state' "$2" ok critical
    _sj_label 'the name of an alert' "$1"
    _sj_record alert_state ",\"name\":\"$text\",\"state\":\"$2\""
}

_sj_folder() {
    tags= pairs= as_text=no members=
    case ${1-} in /*) ;; *) _sj_refuse "the folder is '${1-}'; it must begin with /" ;; esac
    _sj_string "$1"
    path=$text
    shift
    while [ $# -gt 0 ]; do
        _sj_needs "$@"
        case $1 in
            --description) _sj_string "$2"; members=",\"description\":\"$text\"" ;;
            --tag) _sj_tag "$2" ;;
            --metadata) _sj_pair "$2" ;;
            *) _sj_usage "folder: unknown option '$1'" ;;
        esac
        shift 2
    done
    [ -z "$tags" ] || members="$members,\"tags\":[${tags#,}]"
    [ -z "$pairs" ] || members="$members,\"metadata\":{${pairs#,}}"
    _sj_record folder ",\"path\":\"$path\"$members"
}

_sj_heartbeat() {
    [ $# -eq 0 ] || _sj_usage "heartbeat: unexpected '$1'"
    _sj_record heartbeat ''
}

_sj_reason() { # [--reason TEXT]: sets members
    members=
    [ $# -gt 0 ] || return 0
    [ "$1" = --reason ] || _sj_usage "$command: unexpected '$1'"
    _sj_needs "$@"
    [ $# -eq 2 ] || _sj_usage "$command: unexpected '$3'"
    _sj_string "$2"
    members=",\"reason\":\"$text\""
}

_sj_status() {
    [ $# -gt 0 ] || _sj_usage 'status: write created, running, completed, failed or terminated'
    _sj_word 'the status' "$1" created running completed failed terminated
    status=$1
    shift
    _sj_reason "$@"
    _sj_record status ",\"status\":\"$status\"$members"
}

_sj_header() { # sets header, of the journal
    header=
    { read -r header <"$journal"; } 2>/dev/null || _sj_absent "$journal cannot be read"
}

_sj_counted() { # sets records, the member of an end (REC-126)
    # Each record ends in its time, so that a fragment is not counted.
    records=$(grep -c '^{"kind":"[a-z_]*",.*"at":"[0-9T:.-]*Z"}$' "$journal")
    records=${records:+,\"records\":$records}
}

_sj_end() {
    status=completed
    case ${1-} in
        --status) _sj_needs "$@"; _sj_word '--status' "$2" completed failed terminated; status=$2; shift 2 ;;
        --exit-code)
            _sj_needs "$@"
            _sj_integer '--exit-code' "$2" 0
            # A shell reports a program that a signal ended as 128 and the signal's number.
            if [ "$2" -gt 128 ]; then status=terminated; elif [ "$2" -gt 0 ]; then status=failed; fi
            shift 2 ;;
    esac
    _sj_reason "$@"
    if [ -s "$lost" ]; then _sj_owed; fi
    _sj_header
    case $header in
        *'"joins":true'*) ;;
        # An end says nothing of the run where the journal has no `run` record (RDR-043).
        *'"continues":'*) _sj_record status ",\"status\":\"$status\"$members" ;;
    esac
    _sj_counted
    _sj_record end ",\"status\":\"$status\"$records$members"
    _sj_sync "$journal"
    return 0
}

_sj_main() ( # MODE COMMAND …
    mode=$1
    shift
    set +eC
    trap '' XFSZ 2>/dev/null # a file that may not grow is an error to report, not the end of the job
    umask 077
    export LC_ALL=C
    newline='
'
    IFS=" 	$newline"
    strict=${SIMVUE_JOURNAL_STRICT-} opening=no seen= command=
    unset chosen
    while :; do
        case ${1-} in
            --strict) strict=1; shift ;;
            --journal) command=--journal; _sj_needs "$@"; chosen=$2; shift 2 ;;
            *) break ;;
        esac
    done
    command=${1-}
    [ $# -eq 0 ] || shift
    case $command in
        '') _sj_help >&2; exit 2 ;;
        -h | --help | help) _sj_help; exit 0 ;;
        --version) printf 'simvue-journal %s\n' "$_sj_version"; exit 0 ;;
    esac
    case ${1-} in -h | --help) _sj_help; exit 0 ;; esac
    case $command in
        open) _sj_open "$@"; exit 0 ;;
        metric | event | metadata | artifact | alert | folder | heartbeat | status | rotate | end) name=$command ;;
        tag) name=tags ;;
        alert-state) name=alert_state ;;
        *) _sj_usage "there is no command '$command'" ;;
    esac
    _sj_find
    "_sj_$name" "$@"
)

# --- the library, and the command --------------------------------------------------------------------------------

_sj_count=0 _sj_origin=

_sj_call() { # COMMAND …: one call makes four records at most, each with a microsecond of its own
    _sj_count=$((_sj_count + 4))
    _sj_main library "$@"
}

journal_open() {
    _sj_origin=
    eval "$(_sj_main library open "$@")"
    _sj_origin=$(_sj_clock)
}
journal_metric() { _sj_call metric "$@"; }
journal_event() { _sj_call event "$@"; }
journal_metadata() { _sj_call metadata "$@"; }
journal_tag() { _sj_call tag "$@"; }
journal_artifact() { _sj_call artifact "$@"; }
journal_alert() { _sj_call alert "$@"; }
journal_alert_state() { _sj_call alert-state "$@"; }
journal_folder() { _sj_call folder "$@"; }
journal_heartbeat() { _sj_call heartbeat "$@"; }
journal_status() { _sj_call status "$@"; }
journal_rotate() {
    _sj_count=$((_sj_count + 4))
    eval "$(_sj_main library rotate "$@")"
}
journal_end() {
    _sj_call end "$@" || return
    SIMVUE_JOURNAL='' # nothing follows an end (JRN-040); a trap that ends it again does nothing
}

case ${0##*/} in
    simvue-journal | simvue-journal.sh) _sj_main command "$@" ;;
esac
