#!/bin/sh
# Runs one child so that it can never outlive the process that started it.
#
#   guard.sh SIGNAL SECONDS COMMAND [ARGUMENT...]
#
# Standard input is a pipe that the starter holds and never writes to. It ends when the starter closes it (a stop) or
# ends in any way: even after kill -9 the kernel closes it. COMMAND then gets SIGNAL, and SECONDS later every remaining
# process of this group gets KILL. The starter makes the guard the leader of a new group, so the children of COMMAND
# are included. The exit code is that of COMMAND.

signal=$1
seconds=$2
shift 2

# A background job without job control reads /dev/null, so the pipe needs another descriptor.
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!

(
  # Signals to the group are meant for the child; the watcher must run until the group is dead.
  trap '' TERM INT HUP
  while read -r _ <&3; do :; done
  kill -s "$signal" "$child" 2>/dev/null
  tenths=$((seconds * 10))
  while [ "$tenths" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL -- "-$$"
) &

exec 3<&-
trap : TERM INT HUP
wait "$child"
code=$?
# A caught signal ends `wait` early; the child may still be running.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
exit "$code"
