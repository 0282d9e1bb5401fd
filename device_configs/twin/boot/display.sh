#!/bin/sh
# Answers the SNMP agent's question about the seat's display: one word, and 0 when connected.
# usage: display.sh FILE
read -r state <"$1"
echo "$state"
[ "$state" = connected ]
