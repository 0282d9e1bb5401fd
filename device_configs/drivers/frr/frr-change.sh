#!/bin/sh
# Changes the configuration of FRR so that it goes back by itself unless somebody confirms it.
# The controller puts this file on the router and calls it over SSH; the timer it starts belongs to
# no session and asks no controller.
# usage: frr-change VERB [TOKEN] [ARGUMENT]
#   check TOKEN whole|lines   takes the candidate from standard input; does FRR know its lines?
#   difference TOKEN          what a reload would delete and add, and what runs now
#   begin TOKEN SECONDS       snapshot, timer, then the candidate: a reload (whole) or the lines alone;
#                             says what was said, and what runs then
#   confirm TOKEN             keep: store it as the configuration of the next start, end the timer
#   revert TOKEN              go back now; back: to what was there before the last confirmed change
#   status                    none | pending TOKEN SECONDS | lost TOKEN SECONDS | reverted TOKEN | stuck TOKEN
# Exit codes: 0 done, 1 refused, 3 no such change, 4 another change is pending, 5 no room or no daemon
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
home=${FRR_CHANGE_HOME:-/var/lib/frr-change}
startup=${FRR_CHANGE_STARTUP:-/etc/frr/frr.conf}
reload=/usr/lib/frr/frr-reload.py
verb=${1:-status}
token=${2:-}
case $token in *[!A-Za-z0-9-]*) echo "a token holds letters, digits and hyphens alone" >&2; exit 1 ;; esac

fail() { echo "$2" >&2; exit "$1"; }
seconds_up() { cut -d. -f1 /proc/uptime; }
running() {
    vtysh -c 'show running-config no-header' >"$1.part" 2>/dev/null || return 1
    tail -1 "$1.part" | grep -qx end || return 1
    mv "$1.part" "$1"
}
apply_whole() { timeout "${2:-120}" "$reload" --reload --stdout --confdir "$home" --rundir "$home" "$1" 2>&1; }

# The pending change: token, second of its deadline, process of its timer.
pending() { [ -s "$home/pending" ] && read -r held deadline timer <"$home/pending"; }
timer_lives() { tr '\0' ' ' 2>/dev/null <"/proc/$timer/cmdline" | grep -q "timer $held "; }

# Ends with the snapshot running, or says what is left. FRR may need a second pass: lines that
# depend on others which the first one removed.
go_back() { # snapshot
    for _ in 1 2 3; do
        apply_whole "$1" >>"$home/log" 2>&1
        running "$home/now" && cmp -s "$home/now" "$1" && return 0
    done
    diff "$1" "$home/now" >&2
    return 1
}

# What the next start runs, as it was before the change.
startup_back() { # stored copy
    [ -s "$1" ] || return 0
    cmp -s "$1" "$startup" && return 0
    cp -p "$1" "$startup.new" && mv "$startup.new" "$startup"
}

locked() {
    exec 9>"$home/lock" || exit 5
    flock -w "$1" 9
}

case $verb in
check)
    cat >"$home/$token.part" && [ "$(wc -c <"$home/$token.part")" = "$4" ] \
        || { rm -f "$home/$token.part"; fail 5 "no room for the candidate"; }
    mv "$home/$token.part" "$home/$token.candidate" || exit 5
    rm -f "$home/$token.whole"
    if [ "$3" = whole ]; then : >"$home/$token.whole" || exit 5; fi
    vtysh -C -f "$home/$token.candidate" 2>&1 || exit 1
    ;;
difference)
    running "$home/now" || fail 5 "the running configuration cannot be read: do the daemons run?"
    "$reload" --test --input "$home/now" --confdir "$home" --rundir "$home" "$home/$token.candidate" \
        2>"$home/said" || fail 1 "$(tail -3 "$home/said")"
    echo "--- running"
    cat "$home/now"
    ;;
begin)
    seconds=$3
    locked 1 || fail 4 "another change is being made"
    if pending; then
        fail 4 "the change $held waits for its confirmation"
    fi
    running "$home/$token.before" || fail 5 "no snapshot: no room, or a daemon does not answer"
    cp -p "$startup" "$home/$token.startup" 2>/dev/null
    find "$home" -name '*-*.*' ! -name "$token.*" -delete
    : >"$home/log"
    echo "$token $(($(seconds_up) + seconds)) 0" >"$home/pending" && sync "$home/pending" \
        || { rm -f "$home/pending"; fail 5 "no room for the mark of the change"; }
    rm -f "$home/outcome" "$home/$token.target"
    # A later comparison may bring another candidate under the same token.
    if [ -e "$home/$token.whole" ]; then ln "$home/$token.candidate" "$home/$token.target"; fi
    setsid sh "$0" timer "$token" "$seconds" </dev/null >/dev/null 2>>"$home/log" 9>&- &
    echo "$token $(($(seconds_up) + seconds)) $!" >"$home/pending.part" && mv "$home/pending.part" "$home/pending" \
        || { kill $! ; rm -f "$home/pending"; fail 5 "no room for the mark of the change"; }
    if [ -e "$home/$token.target" ]; then
        apply_whole "$home/$token.candidate" "$seconds"
    else
        timeout "$seconds" vtysh -f "$home/$token.candidate" 2>&1
    fi
    echo "--- running"
    running "$home/now" && cat "$home/now"
    ;;
timer)
    sleep "$3"
    locked 5
    pending && [ "$held" = "$token" ] || exit 0
    if go_back "$home/$token.before" && startup_back "$home/$token.startup"; then echo "reverted $token" >"$home/outcome"; else echo "stuck $token" >"$home/outcome"; fi
    rm -f "$home/pending"
    ;;
confirm)
    locked 20 || fail 4 "a change is being made or taken back"
    pending && [ "$held" = "$token" ] || fail 3 "no change $token waits for its confirmation"
    if [ -e "$home/$token.target" ]; then source=$home/$token.target; else running "$home/now" && source=$home/now || fail 5 "the running configuration cannot be read"; fi
    cp -p "$startup" "$startup.new" 2>/dev/null || install -o frr -g frr -m 640 /dev/null "$startup.new" || fail 5 "no room beside $startup"
    cat "$source" >"$startup.new" && sync "$startup.new" && cmp -s "$source" "$startup.new" \
        || { rm -f "$startup.new"; fail 5 "no room beside $startup"; }
    mv "$startup.new" "$startup" || fail 5 "$startup cannot be replaced"
    rm -f "$home/pending" || fail 5 "the mark of the change cannot be removed"
    mv "$home/$token.before" "$home/last.before"
    mv "$home/$token.startup" "$home/last.startup" 2>/dev/null || rm -f "$home/last.startup"
    rm -f "$home/outcome" "$home/$token".*
    timer_lives && kill -- "-$timer"
    exit 0
    ;;
revert)
    locked 20 || fail 4 "a change is being made or taken back"
    pending && [ "$held" = "$token" ] || fail 3 "no change $token waits for its confirmation"
    go_back "$home/$token.before" && startup_back "$home/$token.startup" \
        || fail 1 "the router does not go back to its snapshot"
    rm -f "$home/pending" "$home/$token".*
    timer_lives && kill -- "-$timer"
    exit 0
    ;;
back)
    locked 20 || fail 4 "a change is being made or taken back"
    pending && fail 4 "the change $held waits for its confirmation"
    [ -s "$home/last.before" ] || fail 3 "there is no confirmed change to go back from"
    go_back "$home/last.before" && startup_back "$home/last.startup" \
        || fail 1 "the router does not go back to its snapshot"
    rm -f "$home/last.before" "$home/last.startup"
    ;;
status)
    if pending; then
        left=$((deadline - $(seconds_up)))
        if timer_lives; then echo "pending $held $left"; else echo "lost $held $left"; fi
    else
        cat "$home/outcome" 2>/dev/null || echo none
    fi
    ;;
*) fail 1 "unknown verb $verb" ;;
esac
