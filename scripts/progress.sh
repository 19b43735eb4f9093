# shellcheck shell=bash
# Shows the steps of a script on standard error; sourced by scripts/quickstart and scripts/install-packages.
# On a terminal a step is one line, which is redrawn. Elsewhere it is a line when it starts and a line when it ends.

[[ -t 2 && ${TERM-dumb} != dumb ]] && step_redraws=yes || step_redraws=""

step_start() {
  step_name=$1 step_started=$SECONDS
  if [[ $step_redraws ]]; then printf '%s ...' "$1" >&2; else echo "$1" >&2; fi
}

# step_show TEXT: how far the step is, on a terminal only.
step_show() {
  [[ -z $step_redraws ]] || printf '\r%s ... %s\e[K' "$step_name" "$1" >&2
}

# step_end TEXT: how the step ended. The time that it took is appended: built in 1 min 52 s.
step_end() {
  local seconds=$((SECONDS - step_started)) time
  time="$((seconds % 60)) s"
  ((seconds < 60)) || time="$((seconds / 60)) min $time"
  step_show "$1 $time"
  if [[ $step_redraws ]]; then echo >&2; else echo "$1 $time" >&2; fi
}

# step_failed LOG MESSAGE: ends the step, and prints the end of its log.
step_failed() {
  step_end "failed after"
  tail -n 30 -- "$1" >&2
  echo "$2; all of the output is in $1" >&2
}
