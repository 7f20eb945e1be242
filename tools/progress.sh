#!/usr/bin/env bash
# Shows how far a command is. usage: COMMAND | tools/progress.sh TITLE
# Of its lines, `[done/total] what` count steps (total 0: not known); all others are passed on. On a terminal one line tells the steps done, an
# estimate of the time left at the pace so far, and what is under way; elsewhere such a line comes every 10 seconds (SAGEBRUSH_PROGRESS_SECONDS).
source "$(dirname "$0")/strict.sh"
title=$1
every=${SAGEBRUSH_PROGRESS_SECONDS:-10}
terminal=
[ ! -t 1 ] || { terminal=yes every=1; }
done=0 total=0 what= shown=$SECONDS first_done= first_time=0

duration() { if [ "$1" -lt 90 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi; }

# The first steps say little about the pace.
time_left() {
  local elapsed=$((SECONDS - first_time)) steps=$((done - first_done))
  [ "$steps" -gt 0 ] && [ "$elapsed" -ge 5 ] && [ $((steps * 50)) -ge "$total" ] || return 0
  echo ", about $(duration $((elapsed * (total - done) / steps))) left"
}

show() {
  local line="$title: "
  if [ "$total" -gt 0 ]; then line+="$done of $total steps$(time_left)"; else line+="$(duration $SECONDS) so far"; fi
  [ -z "$what" ] || line+=" ($what)"
  shown=$SECONDS
  if [ -n "$terminal" ]; then printf '\r\033[K%.*s' "$(($(tput cols 2> /dev/null || echo 80) - 1))" "$line"; else printf '%s\n' "$line"; fi
}

begun=  # Of a line, when the time was over in its midst.
while true; do
  line= status=0
  IFS= read -r -t "$every" line || status=$?
  begun+=$line
  if [ $status -gt 128 ]; then show; continue; fi  # Nothing came in that time, which is worth a sign of life.
  [ $status -eq 0 ] || [ -n "$begun" ] || break
  line=$begun begun=
  if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
    done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} what=${BASH_REMATCH[3]}
    [ -n "$first_done" ] || first_done=$done first_time=$SECONDS
    if [ $((SECONDS - shown)) -ge "$every" ]; then show; fi
  else
    printf '%s%s\n' "${terminal:+$'\r\033[K'}" "$line"
  fi
done
[ -z "$terminal" ] || printf '\r\033[K'
[ "$SECONDS" -lt "$every" ] || echo "$title: done in $(duration $SECONDS)"
